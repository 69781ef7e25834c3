"""A second set of planted rows, in other formats than `pii_rows`: written after the patterns had been changed once, so
that the figures that the tests state do not come from rows the patterns have met."""

from __future__ import annotations

import random
import string

from tests.data.pii_rows import Planted, born, chinese_id, digits, grouped, luhn_digit, token


def email(rng: random.Random) -> str:
    name = rng.choice(["Maria.Lopez", "o'neil", "info", "ZHANG_San", "k.k", "team-eu", "u2", "first.last+tag"])
    host = rng.choice(
        ["Example.COM", "mx.sub.domain.org", "yandex.ru", "sina.com.cn", "my-firm.io", "web.de", "uni.ac.jp"]
    )
    return f"{name}{rng.randint(1, 999)}@{host}"


def phone(rng: random.Random) -> str:
    mobile = f"1{rng.choice('3578')}{digits(rng, 9)}"
    return rng.choice(
        [
            f"+852 {rng.randint(5, 9)}{digits(rng, 3)} {digits(rng, 4)}",
            f"+65 9{digits(rng, 3)} {digits(rng, 4)}",
            f"+81-90-{digits(rng, 4)}-{digits(rng, 4)}",
            f"+34 6{digits(rng, 2)} {digits(rng, 3)} {digits(rng, 3)}",
            f"+39 3{digits(rng, 2)} {digits(rng, 7)}",
            f"+55 (11) 9{digits(rng, 4)}-{digits(rng, 4)}",
            f"+7 (9{digits(rng, 2)}) {digits(rng, 3)}-{digits(rng, 2)}-{digits(rng, 2)}",
            f"+1.{rng.randint(201, 989)}.{rng.randint(200, 999)}.{digits(rng, 4)}",
            f"+{rng.choice(['44', '49', '33'])}{rng.randint(1, 9)}{digits(rng, 9)}",
            f"({rng.randint(201, 989)}){rng.randint(200, 999)}-{digits(rng, 4)}",
            f"+86{mobile}",
            f"86 {mobile}",
            grouped(mobile, (3, 4), " "),
            f"0{rng.randint(21, 29)}-8{digits(rng, 7)}",
            f"0{rng.randint(311, 999)}-{rng.randint(2, 8)}{digits(rng, 6)}",
            "".join(chr(ord(char) + 0xFEE0) for char in mobile),
            f"400-{digits(rng, 3)}-{digits(rng, 4)}",
            f"020 7{digits(rng, 3)} {digits(rng, 4)}",
            f"030 {rng.randint(2, 9)}{digits(rng, 6)}",
        ]
    )


def card(rng: random.Random) -> str:
    start, length = rng.choice(
        [("36", 14), ("4", 19), ("54", 16), ("2720", 16), ("3589", 16), ("6222", 16), ("65", 16)]
    )
    body = start + digits(rng, length - 1 - len(start))
    number = body + luhn_digit(body)
    return grouped(number, {14: (4, 6, 4), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}[length], rng.choice(["", " ", "-"]))


def iban(rng: random.Random) -> str:
    country, body = rng.choice(
        [
            ("AT", digits(rng, 16)),
            ("BE", digits(rng, 12)),
            ("IE", "AIBK" + digits(rng, 14)),
            ("SE", digits(rng, 20)),
            ("PT", digits(rng, 21)),
            ("NO", digits(rng, 11)),
            ("TR", digits(rng, 22)),
            ("SA", digits(rng, 20)),
        ]
    )
    number = int("".join(str(int(char, 36)) for char in body + country + "00"))
    whole = f"{country}{98 - number % 97:02d}{body}"
    return rng.choice([whole, whole.lower(), " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))])


def national_id(rng: random.Random) -> str:
    number = rng.randrange(10**7, 10**8)
    start, end = rng.choice(["AB", "CE", "HJ", "PR", "WZ"]), rng.choice("ABCD")
    nino = f"{start} {grouped(digits(rng, 6), (2, 2), ' ')} {end}"
    return rng.choice([chinese_id(rng).lower(), chinese_id(rng), nino, nino.replace(" ", ""),
                       f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}", cpf(rng)])  # fmt: skip


def cpf(rng: random.Random) -> str:
    number = digits(rng, 9)
    for _ in range(2):
        total = sum(int(char) * (len(number) + 1 - place) for place, char in enumerate(number))
        number += str(total * 10 % 11 % 10)
    return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"


def address(rng: random.Random) -> str:
    six = ":".join(f"{rng.randrange(1, 65536):X}" for _ in range(4))
    four = f"{rng.choice([10, 100, 172, 192, 203])}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
    return rng.choice([four, four, f"fe80::{six}", f"2400:{six}::1"])


def secret(rng: random.Random) -> str:
    return rng.choice(
        [
            f"ASIA{''.join(rng.choices(string.ascii_uppercase + string.digits, k=16))}",
            f"github_pat_{token(rng, 22)}_{token(rng, 59)}",
            f"gho_{token(rng, 36)}",
            f"sk-ant-api03-{token(rng, 60)}",
            f"xoxp-{digits(rng, 12)}-{digits(rng, 12)}-{token(rng, 32)}",
            f"SG.{token(rng, 22)}.{token(rng, 43)}",
            f"rk_test_{token(rng, 30)}",
            f"AKID{token(rng, 32)}",
            f"GOCSPX-{token(rng, 28)}",
        ]
    )


def private_key(rng: random.Random) -> str:
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{token(rng, 64, '+/')}\n-----END ENCRYPTED PRIVATE KEY-----"


KINDS = {"EMAIL": email, "PHONE": phone, "CARD": card, "IBAN": iban, "NATIONAL_ID": national_id, "IP": address,
         "SECRET": secret, "PRIVATE_KEY": private_key}  # fmt: skip
WEIGHTS = {"EMAIL": 5, "PHONE": 7, "CARD": 4, "IBAN": 2, "NATIONAL_ID": 4, "IP": 3, "SECRET": 3, "PRIVATE_KEY": 1}


def harmless(rng: random.Random) -> str:
    day = born(rng)
    wrong = "5" + str(rng.randint(1, 5)) + digits(rng, 13)
    wrong += str((int(luhn_digit(wrong)) + rng.randint(1, 9)) % 10)
    return rng.choice(
        [
            f"€ {rng.randint(1, 9)}.{digits(rng, 3)}.{digits(rng, 3)},{digits(rng, 2)}",
            f"{rng.randint(100, 999)} {digits(rng, 3)} people",
            f"17{digits(rng, 11)} ms",
            f"EAN 40{digits(rng, 11)}",
            f"flight LH{rng.randint(100, 9999)}",
            f"{rng.randint(10000, 99999)}-{digits(rng, 4)}",
            day.strftime("%Y.%m.%d"),
            day.strftime("%m-%d-%Y %H:%M"),
            f"{day.year}-{day.year + 3}",
            f"sha256 {rng.randrange(16**64):064x}",
            "password must have at least 12 characters",
            "I forgot my password yesterday",
            "secret: none",
            f"kernel release 5.{rng.randint(1, 19)}.{rng.randint(0, 200)}.{rng.randint(0, 9)}",
            f"版本 {rng.randint(1, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 99)}",
            f"运单号 {digits(rng, 12)}",
            f"发票号码：{digits(rng, 8)}",
            f"金额{rng.randint(1, 99999)}.{digits(rng, 2)}元",
            wrong,
            grouped(wrong, (4, 4, 4), " "),
            f"case no. {digits(rng, 9)}",
            f"1.{digits(rng, 3)}e-{rng.randint(1, 12)}",
            f"{digits(rng, 3)}-{digits(rng, 2)}",
            f"IP{rng.randint(54, 68)}",
            f"{rng.randint(1, 12)}:{rng.randint(10, 59)} pm",
            f"{rng.randint(1, 999)}/{rng.randint(1, 999)}",
            f"{digits(rng, 2)}°{digits(rng, 2)}′N",
            f"batch {token(rng, 10)}",
            "key: see the manual",
            f"DE{digits(rng, 9)}",
            "chess opening 1. e4 e5 2. Nf3",
            "meet @ the office",
            f"¥{rng.randint(1, 9)},{digits(rng, 3)},{digits(rng, 3)}",
            f"QQ群里有{rng.randint(100, 2000)}人",
            f"共{digits(rng, 5)}件",
        ]
    )


ENGLISH = ["Regarding {a}: any news?", "<{a}> and [{b}]", "Customer wrote: '{a}', then \"{b}\".", "{a}; {b}; done",
           "{a}", "Kindly check {a}.", "I gave you {a}, didn't I?", "a) {a}\nb) {b}"]  # fmt: skip
CHINESE = ["关于{a}，有消息吗？", "【{a}】和《{b}》", "客户写道：“{a}”，后来又说{b}。", "{a}；{b}；完毕", "麻烦核实{a}",
           "我给过你们{a}吧？", "一、{a}\n二、{b}"]  # fmt: skip


def planted_rows(count: int, seed: int) -> list[Planted]:
    """Half in English, half in Chinese; every second place holds something planted."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        frame = rng.choice(CHINESE if number % 2 else ENGLISH)
        parts, values = {"a": harmless(rng), "b": harmless(rng)}, []
        for slot in ("a", "b"):
            if f"{{{slot}}}" in frame and rng.random() < 0.5:
                kind = rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
                parts[slot] = KINDS[kind](rng)
                values.append((kind, parts[slot]))
        rows.append(Planted(frame.format(**parts), tuple(values)))
    return rows
