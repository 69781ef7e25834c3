"""Values for the third set of rows: made-up national ids, keys and passwords; PLANTED names every value there is."""

import base64
import string
import uuid
from random import Random

from pii_third_values import (
    FULL_WIDTH,
    card,
    digits,
    email,
    iban,
    ipv4,
    ipv6,
    landline,
    letters,
    local_phone,
    mobile,
    us_phone,
    world_phone,
)


def cn_id(r: Random) -> str:
    region = r.choice(["110105", "310104", "440305", "510107", "330106", "420111", "320506", "370202", "610113"])
    body = f"{region}{r.randint(1950, 2006)}{r.randint(1, 12):02d}{r.randint(1, 28):02d}{digits(r, 3)}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    number = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    return r.choice(
        [number] * 7 + [number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}", number.translate(FULL_WIDTH)]
    )


def hk_id(r: Random) -> str:
    letter, body = r.choice("ABCDEGHKPRVYZ"), digits(r, 6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(d) * w for d, w in zip(body, range(7, 1, -1), strict=True))
    check = "0123456789A"[-total % 11]
    return r.choice([f"{letter}{body}({check})", f"{letter}{body}({check})", f"{letter}{body}（{check}）"])


def ssn(r: Random) -> str:
    area = r.choice([r.randint(1, 665), r.randint(667, 899)])
    return f"{area:03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}"


def ssn_loose(r: Random) -> str:
    return ssn(r).replace("-", r.choice(["", " "]))


def nino(r: Random) -> str:
    number = r.choice("ABCEHJLNS") + r.choice("ABCEHJLM") + digits(r, 6) + r.choice("ABCD")
    if number[:2] in ("NK", "TN", "ZZ", "GB", "BG"):
        number = "AB" + number[2:]
    spaced = " ".join([number[:2], number[2:4], number[4:6], number[6:8], number[8]])
    return r.choice([number, spaced, spaced, f"{number[:2]} {number[2:8]} {number[8]}"])


def dni(r: Random) -> str:
    letter_of = "TRWAGMYFPDXBNJZSQVHLCKE"
    if r.random() < 0.35:
        lead, body = r.choice("XYZ"), digits(r, 7)
        letter = letter_of[int(str("XYZ".index(lead)) + body) % 23]
        return r.choice([f"{lead}{body}{letter}", f"{lead}-{body}-{letter}", f"{lead}{body}-{letter}"])
    body = digits(r, 8)
    letter = letter_of[int(body) % 23]
    return r.choice(
        [body + letter, f"{body}-{letter}", f"{body[:2]}.{body[2:5]}.{body[5:]}-{letter}", f"{body} {letter}"]
    )


def cpf_digits(r: Random) -> str:
    number = digits(r, 9)
    for length in (9, 10):
        total = sum(int(d) * w for d, w in zip(number, range(length + 1, 1, -1), strict=True))
        number += str(total * 10 % 11 % 10)
    return number


def cpf(r: Random) -> str:
    n = cpf_digits(r)
    return f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}"


def vendor_key(r: Random) -> str:
    """Keys whose first letters name their maker, so that no label is needed."""
    jwt = ".".join(
        base64.urlsafe_b64encode(part.encode()).decode().rstrip("=")
        for part in [
            '{"alg":"HS256","typ":"JWT"}',
            f'{{"sub":"{digits(r, 10)}","iat":17{digits(r, 8)}}}',
            letters(r, 24),
        ]
    )
    return r.choice(
        [
            "AK" + "IA" + letters(r, 16, string.ascii_uppercase + "234567"),
            "gh" + "p_" + letters(r, 36),
            "sk-" + letters(r, 48),
            "sk-proj-" + letters(r, 56),
            "sk_" + "live_" + letters(r, 24),
            "xo" + "xb-" + digits(r, 12) + "-" + digits(r, 12) + "-" + letters(r, 24),
            "AI" + "za" + letters(r, 35),
            "hf_" + letters(r, 34),
            "gl" + "pat-" + letters(r, 20),
            "sk-ant-api03-" + letters(r, 93) + "AA",
            "LTAI" + letters(r, 20),
            jwt,
        ]
    )


def opaque(r: Random) -> str:
    return r.choice(
        [
            letters(r, 32),
            letters(r, 40),
            letters(r, 32, "0123456789abcdef"),
            letters(r, 43) + "=",
            str(uuid.UUID(int=r.getrandbits(128))),
            letters(r, 24),
        ]
    )


def password(r: Random) -> str:
    word = r.choice(["Summer", "dragon", "Hello", "shanghai", "Tiger", "wang", "P@ssw0rd", "qwer", "Winter", "abc"])
    return r.choice(
        [
            word + digits(r, 4),
            word + r.choice("!@#$") + digits(r, 3),
            f"{word}{digits(r, 2)}!",
            letters(r, 12),
            word[:4] + "_" + digits(r, 6),
        ]
    )


def private_key(r: Random) -> str:
    kind = r.choice(["RSA ", "", "EC ", "OPENSSH "])
    lines = "\n".join(letters(r, 64) for _ in range(4))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


PLANTED = {
    "email": ("email", email),
    "us_phone": ("phone", us_phone),
    "world_phone": ("phone", world_phone),
    "local_phone": ("phone", local_phone),
    "mobile": ("phone", mobile),
    "landline": ("phone", landline),
    "card": ("card", card),
    "iban": ("iban", iban),
    "cn_id": ("national_id", cn_id),
    "hk_id": ("national_id", hk_id),
    "ssn": ("national_id", ssn),
    "ssn_loose": ("national_id", ssn_loose),
    "nino": ("national_id", nino),
    "dni": ("national_id", dni),
    "cpf": ("national_id", cpf),
    "cpf_digits": ("national_id", cpf_digits),
    "ipv4": ("ip", ipv4),
    "ipv6": ("ip", ipv6),
    "vendor_key": ("secret", vendor_key),
    "opaque": ("secret", opaque),
    "password": ("secret", password),
    "private_key": ("secret", private_key),
}
