"""Rows with planted personal data and with numbers that only look like it, in English and Chinese, by a fixed seed."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Planted:
    """A row; `values` are (kind, exact text) of what must be found, nothing else may be."""

    text: str
    values: tuple[tuple[str, str], ...]


def luhn_digit(body: str) -> str:
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def grouped(text: str, sizes: tuple[int, ...], by: str) -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(text[start : start + size])
        start += size
    return by.join([*parts, text[start:]] if text[start:] else parts)


# ---- what must be found

NAMES = ["anna", "wei.zhang", "j_smith", "li-na", "tom.o.brien", "sales", "chen2008", "maria.garcia+shop", "x", "KLee"]
HOSTS = [
    "gmail.com",
    "qq.com",
    "163.com",
    "example.co.uk",
    "mail.acme-shop.de",
    "foxmail.com",
    "t-online.de",
    "corp.io",
    "students.uni.edu.cn",
    "a1.museum",
]


def email(rng: random.Random) -> str:
    return f"{rng.choice(NAMES)}{rng.choice(['', str(rng.randint(1, 99))])}@{rng.choice(HOSTS)}"


def phone(rng: random.Random) -> str:
    mobile = rng.choice(["130", "135", "138", "139", "150", "158", "166", "177", "186", "189", "199"]) + digits(rng, 8)
    us = f"{rng.randint(201, 989)}", f"{rng.randint(200, 999)}", digits(rng, 4)
    return rng.choice(
        [
            mobile,
            grouped(mobile, (3, 4), " "),
            grouped(mobile, (3, 4), "-"),
            f"+86 {mobile}",
            f"+86-{mobile}",
            f"0086{mobile}",
            f"010-{rng.randint(2, 8)}{digits(rng, 7)}",
            f"021 {rng.randint(5, 6)}{digits(rng, 7)}",
            f"(0755) {digits(rng, 8)}",
            f"0571-8{digits(rng, 7)}",
            f"({us[0]}) {us[1]}-{us[2]}",
            "-".join(us),
            ".".join(us),
            f"+1 {us[0]} {us[1]} {us[2]}",
            f"+1-{us[0]}-{us[1]}-{us[2]}",
            f"1-{us[0]}-{us[1]}-{us[2]}",
            f"+44 20 7{digits(rng, 3)} {digits(rng, 4)}",
            f"+49 151 {digits(rng, 8)}",
            f"+33 6 {grouped(digits(rng, 8), (2, 2, 2), ' ')}",
            f"+91 98{digits(rng, 3)} {digits(rng, 5)}",
            f"+61 4{digits(rng, 2)} {digits(rng, 3)} {digits(rng, 3)}",
            f"07700 {digits(rng, 6)}",
        ]
    )


def card(rng: random.Random) -> str:
    start, length = rng.choice(
        [
            ("4", 16),
            ("51", 16),
            ("55", 16),
            ("2300", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("622202", 19),
            ("621700", 19),
            ("62", 16),
            ("3530", 16),
        ]
    )
    body = start + digits(rng, length - 1 - len(start))
    number = body + luhn_digit(body)
    by = rng.choice(["", " ", "-"])
    sizes = {15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}[length]
    return grouped(number, sizes, by) if by else number


def iban(rng: random.Random) -> str:
    country, body = rng.choice(
        [
            ("DE", digits(rng, 18)),
            ("FR", digits(rng, 23)),
            ("NL", "ABNA" + digits(rng, 10)),
            ("ES", digits(rng, 20)),
            ("GB", "NWBK" + digits(rng, 14)),
            ("CH", digits(rng, 17)),
            ("IT", "X" + digits(rng, 22)),
            ("PL", digits(rng, 24)),
        ]
    )
    number = int("".join(str(int(char, 36)) for char in body + country + "00"))
    whole = f"{country}{98 - number % 97:02d}{body}"
    return whole if rng.random() < 0.5 else " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))


def born(rng: random.Random) -> date:
    return date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))


def chinese_id(rng: random.Random) -> str:
    body = (
        rng.choice(["110105", "310115", "440305", "330106", "510107"]) + born(rng).strftime("%Y%m%d") + digits(rng, 3)
    )
    total = sum(int(char) * 2 ** (17 - place) for place, char in enumerate(body))
    return body + "10X98765432"[total % 11]


def national_id(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return chinese_id(rng)
    area = rng.choice([n for n in (rng.randint(1, 899) for _ in range(9)) if n != 666])
    return f"{area:03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def address(rng: random.Random) -> str:
    if rng.random() < 0.7:
        return ".".join(str(rng.randint(1, 254)) for _ in range(4))
    return (
        ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(8))
        if rng.random() < 0.5
        else (f"2001:db8::{rng.randrange(1, 65536):x}:{rng.randrange(1, 65536):x}")
    )


def token(rng: random.Random, count: int, extra: str = "") -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits + extra, k=count))


def secret(rng: random.Random) -> str:
    upper = "".join(rng.choices(string.ascii_uppercase + "234567", k=16))
    return rng.choice(
        [
            f"AKIA{upper}",
            f"ghp_{token(rng, 36)}",
            f"sk-proj-{token(rng, 40)}",
            f"hf_{token(rng, 34)}",
            f"AIza{token(rng, 35)}",
            f"xoxb-{digits(rng, 11)}-{digits(rng, 12)}-{token(rng, 24)}",
            f"sk_live_{token(rng, 24)}",
            f"glpat-{token(rng, 20)}",
            f"eyJhbGciOiJIUzI1NiJ9.eyJ{token(rng, 30)}.{token(rng, 43)}",
            f"LTAI5t{token(rng, 18)}",
            f"npm_{token(rng, 36)}",
        ]
    )


def private_key(rng: random.Random) -> str:
    kind = rng.choice(["RSA ", "", "EC ", "OPENSSH "])
    body = "\n".join(token(rng, 64, "+/") for _ in range(3))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


KINDS = {
    "EMAIL": email,
    "PHONE": phone,
    "CARD": card,
    "IBAN": iban,
    "NATIONAL_ID": national_id,
    "IP": address,
    "SECRET": secret,
    "PRIVATE_KEY": private_key,
}
WEIGHTS = {"EMAIL": 5, "PHONE": 7, "CARD": 4, "IBAN": 2, "NATIONAL_ID": 4, "IP": 3, "SECRET": 3, "PRIVATE_KEY": 1}

# ---- what must not be found


def harmless(rng: random.Random) -> str:
    moment = born(rng) + timedelta(days=15_000)
    bad_card = "4" + digits(rng, 14)
    bad_card += str((int(luhn_digit(bad_card)) + rng.randint(1, 9)) % 10)
    good_id = chinese_id(rng)
    bad_id = good_id[:17] + rng.choice([char for char in "0123456789X" if char != good_id[17]])
    return rng.choice(
        [
            f"order {rng.randint(10**7, 10**9)}",
            f"order number {digits(rng, 12)}",
            f"订单号{digits(rng, 16)}",
            f"单号：{rng.choice(['SF', 'YT', 'JD'])}{digits(rng, 13)}",
            f"${rng.randint(1, 9999)}.{digits(rng, 2)}",
            f"¥{rng.randint(1000, 99999):,}.00",
            f"{rng.randint(100, 999)},{digits(rng, 3)},{digits(rng, 3)} yuan",
            f"version {rng.randint(1, 20)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}.{rng.randint(0, 999)}",
            f"v{rng.randint(1, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 20)}",
            moment.isoformat(),
            moment.strftime("%d/%m/%Y"),
            moment.strftime("%Y年%m月%d日"),
            moment.strftime("%Y-%m-%d 14:05:09"),
            moment.strftime("%Y%m%d"),
            bad_card,
            f"serial number {digits(rng, 15)}",
            f"invoice INV-{moment.year}-{digits(rng, 6)}",
            f"ISBN 978-{digits(rng, 1)}-{digits(rng, 2)}-{digits(rng, 6)}-{digits(rng, 1)}",
            f"commit {rng.randrange(16**40):040x}",
            "-".join([f"{rng.randrange(16**8):08x}", "11ee", f"4{digits(rng, 3)}", f"{rng.randrange(16**12):012x}"]),
            f"#{rng.randrange(16**6):06x}",
            f"{rng.randint(0, 100)}.{digits(rng, 1)} %",
            f"bad id {bad_id}",
            f"tracking 1Z{digits(rng, 3)}AA{digits(rng, 10)}",
            f"{rng.uniform(-90, 90):.6f}, {rng.uniform(-180, 180):.6f}",
            f"room {rng.randint(100, 2000)}",
            f"@user{rng.randint(1, 999)}",
            f"{digits(rng, 4)} points",
            f"{rng.randint(1, 12)} x {rng.randint(10, 99)} cm",
            "ratio 3:2:1",
            "12:30:45",
            "meet at noon",
            f"第{rng.randint(1, 30)}章",
            f"{rng.randint(10, 99)}万元",
            f"尺码{rng.randint(35, 45)}",
            f"3.{digits(rng, 12)}",
            "password reset",
            "the secret ingredient",
            "my token of thanks",
            "key question",
            f"PO {digits(rng, 10)}",
        ]
    )


ENGLISH = [
    "Hello, {a}. Can you help me today?",
    "I wrote about {a} last week and heard nothing.",
    "Please look into {a} and {b}.",
    "My details: {a}; and also {b}, thanks.",
    "Why does it say {a}?",
    "{a} is what I have on file",
    "Update: ({a}) now, before it was {b}.",
    "Use {a} please",
    "For the record: {a}\nSecond: {b}",
]
CHINESE = [
    "您好，{a}，请帮我看一下。",
    "我上周提交的是{a}，到现在没有回复。",
    "请核对{a}和{b}。",
    "信息如下：{a}；另外{b}，谢谢！",
    "为什么显示“{a}”？",
    "我的资料是{a}",
    "备注（{a}）已更新，之前是{b}。",
    "麻烦改成{a}。",
]


def planted_rows(count: int, seed: int) -> list[Planted]:
    """Half in English, half in Chinese; in six of ten rows something is planted."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        frame = rng.choice(ENGLISH if number % 2 else CHINESE)
        parts, values = {}, []
        for slot in ("a", "b"):
            if f"{{{slot}}}" not in frame:
                continue
            if rng.random() < 0.5:
                kind = rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
                parts[slot] = KINDS[kind](rng)
                values.append((kind, parts[slot]))
            else:
                parts[slot] = harmless(rng)
        rows.append(Planted(frame.format(**parts), tuple(values)))
    return rows
