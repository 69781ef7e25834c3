"""Harmless strings that look like personal data: order numbers, versions, times, hashes, places on the map."""

import string
import uuid
from random import Random

from pii_third_values import digits, filled, letters, luhn_digit


def order(r: Random) -> str:
    return r.choice(
        [
            f"SO-2024-{digits(r, 7)}",
            f"#{digits(r, 6)}",
            f"{r.randint(2, 9)}{digits(r, 9)}",
            f"ORD{digits(r, 10)}",
            f"2024{r.randint(1, 12):02d}{r.randint(1, 28):02d}{digits(r, 8)}",
            f"PO {digits(r, 8)}",
            f"{digits(r, 3)}-{digits(r, 7)}-{digits(r, 7)}",
            f"INV-{digits(r, 4)}-{digits(r, 3)}",
        ]
    )


def order_long(r: Random) -> str:
    return r.choice(
        [
            f"{r.randint(1, 9)}{digits(r, 18)}",
            f"42000{digits(r, 23)}",
            f"{r.randint(1, 9)}{digits(r, 17)}",
            f"TB{digits(r, 16)}",
        ]
    )


def tracking(r: Random) -> str:
    return r.choice(
        [
            f"1Z{letters(r, 6, string.ascii_uppercase)}{digits(r, 10)}",
            f"SF{digits(r, 13)}",
            f"RB{digits(r, 9)}CN",
            f"JD{digits(r, 13)}",
            f"YT{digits(r, 13)}",
            f"7{digits(r, 11)}",
            filled(r, "9400 1### #### #### #### ##"),
            f"EA{digits(r, 9)}DE",
            f"JJD{digits(r, 18)}",
        ]
    )


def price(r: Random) -> str:
    return r.choice(["$1,2##.##", "$##.99", "€1.###,##", "USD 12,###,###.00", "£###.##", "1#,###.## EUR"]).replace(
        "#", str(r.randint(1, 9))
    )


def yuan(r: Random) -> str:
    return r.choice(
        [
            f"¥{digits(r, 3)}.{digits(r, 2)}",
            f"{r.randint(1, 9)},{digits(r, 3)},{digits(r, 3)}元",
            f"人民币{r.randint(1, 9)}{digits(r, 4)}.00元",
            f"{r.randint(10, 99)}.{digits(r, 1)}万元",
        ]
    )


def version(r: Random) -> str:
    a, b, c, d = (r.randint(0, 30) for _ in "abcd")
    return r.choice(
        [
            f"v{a}.{b}.{c}",
            f"v{a}.{b}.{c}.{d}",
            f"version {a}.{b}.{c}.{d}",
            f"{a}.{b}.{c}-rc{d}",
            f"版本{a}.{b}.{c}",
            f"Chrome/120.0.{6000 + c}.{100 + d}",
            f"build 10.0.{19000 + c}.{d}",
            f"firmware {a}.{b}.{c}.{d}",
        ]
    )


def moment(r: Random) -> str:
    day = f"20{r.randint(18, 25)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    clock = f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}"
    return r.choice(
        [
            f"{day} {clock}",
            f"{day}T{clock}Z",
            f"{day}T{clock}.{digits(r, 3)}+08:00",
            f"{day} {clock},{digits(r, 3)}",
            day.replace("-", "/"),
            day.replace("-", "") + clock.replace(":", ""),
            f"17{digits(r, 8)}",
            f"17{digits(r, 11)}",
            f"{day[8:]}.{day[5:7]}.{day[:4]}",
            f"{day} - {day[:8]}28",
            clock,
        ]
    )


def place(r: Random) -> str:
    return r.choice(
        [
            f"{r.randint(20, 50)}.{digits(r, 6)}, {r.randint(70, 120)}.{digits(r, 6)}",
            f"-{r.randint(10, 80)}.{digits(r, 5)},{r.randint(10, 170)}.{digits(r, 5)}",
            f"{r.randint(10, 50)}°{r.randint(10, 59)}'{r.randint(10, 59)}\"N",
        ]
    )


def book(r: Random) -> str:
    body = r.choice(["9787111", "9780262", "9783161", "9787302"]) + digits(r, 5)
    check = -sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(body)) % 10
    return r.choice(
        [
            f"{body}{check}",
            f"{body[:3]}-{body[3]}-{body[4:7]}-{body[7:]}-{check}",
            f"{body[:3]} {body[3]} {body[4:7]} {body[7:]} {check}",
            f"7-{body[4:7]}-{body[7:]}-{check}",
        ]
    )


def model(r: Random) -> str:
    return r.choice(
        [
            f"XPS-{digits(r, 4)}",
            f"SM-G{digits(r, 3)}B",
            f"WH-1000XM{r.randint(2, 6)}",
            f"RTX {digits(r, 4)}",
            f"A{digits(r, 4)}-{digits(r, 3)}",
            f"{digits(r, 3)}-{digits(r, 2)}-{digits(r, 3)}",
            f"HW{digits(r, 6)}B",
            f"P/N {digits(r, 3)}-{digits(r, 5)}-{digits(r, 2)}",
            f"MLX{digits(r, 5)}/A",
            f"S/N C02{letters(r, 9).upper()}",
        ]
    )


def percent(r: Random) -> str:
    return r.choice(
        [f"{r.randint(1, 99)}.{digits(r, 2)}%", f"{r.randint(1, 99)}%", f"0.{digits(r, 8)}", f"{digits(r, 2)}‰"]
    )


def not_a_card(r: Random) -> str:
    body = r.choice("45689") + digits(r, 14)
    number = body + str((int(luhn_digit(body)) + r.randint(1, 9)) % 10)
    return r.choice([number, number, " ".join(number[at : at + 4] for at in range(0, 16, 4))])


def commit(r: Random) -> str:
    hexed = letters(r, 40, "0123456789abcdef")
    return r.choice([hexed, hexed[:7], hexed[:12], f"sha256:{hexed}{hexed[:24]}", f"{hexed[:32]}"])


def uuid_text(r: Random) -> str:
    return r.choice([str(uuid.UUID(int=r.getrandbits(128))), str(uuid.UUID(int=r.getrandbits(128))).upper()])


def mention(r: Random) -> str:
    return "@" + r.choice(["maria_dev", "support", "小李", "tech.lead", "jonas-k", "all", "客服小二", "ops_team7"])


def link(r: Random) -> str:
    return r.choice(
        [
            f"https://shop.example.com/item/{digits(r, 9)}?page={digits(r, 1)}",
            f"https://item.taobao.com/item.htm?id={digits(r, 12)}",
            "https://docs.python.org/3.11/library/re.html#module-re",
            f"https://github.com/acme/app/pull/{digits(r, 4)}",
            f"http://www.example.cn/news/2024/03/{digits(r, 6)}.html",
            "https://medium.com/@jdoe/why-we-moved-1a2b3c4d5e6f",
            f"https://www.youtube.com/watch?v={letters(r, 11)}",
            "https://example.com/help?topic=reset-password",
        ]
    )


def code_bit(r: Random) -> str:
    return r.choice(
        [
            "std::vector<int>",
            "x[::2]",
            "react@18.2.0",
            "npm i lodash@latest",
            "logo@2x.png",
            "@media (min-width: 768px)",
            f"max_tokens={r.randint(256, 8192)}",
            "a1:b2:c3:d4:e5:f6",
            'api_key=os.environ["API_KEY"]',
            "token_type: bearer",
            "password: ${DB_PASSWORD}",
            "password=********",
            "api_key: <your-api-key>",
            "Foo::Bar",
            "token=null",
            "secret: {{ .Values.secret }}",
            "SELECT password FROM users",
            "tokens: 1024",
            "def add(a: int, b: int) -> int",
        ]
    )


def firm(r: Random) -> str:
    return (
        "9"
        + r.choice("12")
        + digits(r, 6)
        + letters(r, 9, string.digits + "ABCDEFGHJKLMNPQRTUWXY")
        + r.choice("ABCDEFGH12345")
    )


def order_short(r: Random) -> str:
    return str(r.randint(1, 9)) + digits(r, r.choice([5, 6, 7, 8]))


LOOKALIKES = {
    "order": order,
    "order_long": order_long,
    "order_short": order_short,
    "tracking": tracking,
    "price": price,
    "yuan": yuan,
    "version": version,
    "moment": moment,
    "place": place,
    "book": book,
    "model": model,
    "percent": percent,
    "not_a_card": not_a_card,
    "commit": commit,
    "uuid": uuid_text,
    "mention": mention,
    "link": link,
    "code": code_bit,
    "firm": firm,
}
