"""Values for the third set of rows: made-up personal data in the ways people write them, and harmless look-alikes.

Written without sight of the patterns it tests. Every function takes the random generator and returns one string;
nothing in here knows the sentence the value will stand in.
"""

import base64
import string
import uuid
from random import Random

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
FIRST = ["anna", "mark", "wei", "lucia", "tom", "yuki", "sara", "omar", "julia", "ben", "xiaoming", "lihua", "zhang"]
LAST = ["keller", "jones", "wang", "garcia", "smith", "tanaka", "ali", "novak", "liu", "chen", "obrien", "dupont"]
HOSTS = [
    "gmail.com",
    "qq.com",
    "163.com",
    "outlook.com",
    "yahoo.co.uk",
    "acme-corp.com",
    "mail.uni-koeln.de",
    "foxmail.com",
    "icloud.com",
    "nordwind.io",
    "126.com",
    "proton.me",
    "sina.com.cn",
    "hotmail.fr",
]


def digits(r: Random, count: int) -> str:
    return "".join(r.choice(string.digits) for _ in range(count))


def letters(r: Random, count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(r.choice(alphabet) for _ in range(count))


def luhn_digit(body: str) -> str:
    total = 0
    for place, char in enumerate(reversed(body)):
        doubled = int(char) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def email(r: Random) -> str:
    first, last, host = r.choice(FIRST), r.choice(LAST), r.choice(HOSTS)
    name = r.choice(
        [
            f"{first}.{last}",
            f"{first}{digits(r, 2)}",
            f"{first[0]}{last}",
            f"{first}_{last}{digits(r, 1)}",
            f"{first}-{last}",
            f"{first}.{last}+shop",
            digits(r, 9).lstrip("0") + "1",
            f"{first}{last}",
        ]
    )
    return r.choice([f"{name}@{host}"] * 6 + [f"{name}@{host}".upper(), f"{name.title()}@{host}"])


def us_phone(r: Random) -> str:
    area = r.choice(["212", "415", "646", "312", "206", "713", "305", "617", "503", "919"])
    office, line = r.choice("2345678") + r.choice("023456789") + r.choice("23456789"), digits(r, 4)
    return r.choice(
        [
            "({a}) {b}-{c}",
            "{a}-{b}-{c}",
            "{a}.{b}.{c}",
            "+1 {a} {b} {c}",
            "+1 ({a}) {b}-{c}",
            "1-{a}-{b}-{c}",
            "+1-{a}-{b}-{c}",
            "({a}){b}-{c}",
            "+1{a}{b}{c}",
            "({a}) {b} {c}",
            "+1.{a}.{b}.{c}",
            "{a} {b} {c}",
        ]
    ).format(a=area, b=office, c=line)


def world_phone(r: Random) -> str:
    shape = r.choice(
        [
            "+44 20 7### ####",
            "+44 7### ######",
            "+44 (0)20 7### ####",
            "+447#########",
            "+49 30 #######",
            "+49 (0)89 ######",
            "+49 151 2#######",
            "+49-89-#######",
            "+33 6 ## ## ## ##",
            "+33 (0)1 4# ## ## ##",
            "+34 6## ### ###",
            "+34 91 ### ## ##",
            "+39 3## ### ####",
            "+31 6 ########",
            "+91 9#### #####",
            "+91-98########",
            "+55 11 9####-####",
            "+55 (21) 9####-####",
            "+81 3-3###-####",
            "+852 9### ####",
            "+65 8### ####",
            "+61 4## ### ###",
            "0044 20 7### ####",
            "+41 79 ### ## ##",
            "+353 87 ### ####",
        ]
    )
    return filled(r, shape)


def local_phone(r: Random) -> str:
    """Numbers without a country code: a word such as "phone" has to stand before them."""
    shape = r.choice(
        [
            "020 7### ####",
            "07### ######",
            "07#########",
            "0161 4## ####",
            "(020) 7### ####",
            "030 2#######",
            "089/4######",
            "0151 2#######",
            "0221-9######",
            "01 4# ## ## ##",
            "06 ## ## ## ##",
            "06.##.##.##.##",
            "6## ### ###",
            "91 4## ## ##",
            "020-#######",
            "415#######",
            "646#######",
        ]
    )
    while True:
        number = filled(r, shape)
        if not number.startswith(("4150", "4151", "6460", "6461")):
            return number


def filled(r: Random, shape: str) -> str:
    return "".join(digits(r, 1) if char == "#" else char for char in shape)


def mobile(r: Random) -> str:
    start = r.choice(["138", "139", "136", "150", "159", "186", "188", "177", "199", "135", "152", "173", "166"])
    a, b = digits(r, 4), digits(r, 4)
    plain = f"{start}{a}{b}"
    return r.choice(
        [plain] * 6
        + [
            f"{start} {a} {b}",
            f"{start}-{a}-{b}",
            f"+86 {plain}",
            f"+86{plain}",
            f"+86-{plain}",
            f"+86 {start} {a} {b}",
            f"0086-{plain}",
            f"(+86){plain}",
            f"86-{plain}",
            plain.translate(FULL_WIDTH),
            f"+86 {start}-{a}-{b}",
        ]
    )


def landline(r: Random) -> str:
    code, body = r.choice(
        [
            ("010", 8),
            ("021", 8),
            ("020", 8),
            ("0755", 8),
            ("0571", 8),
            ("028", 8),
            ("0532", 8),
            ("0931", 7),
            ("025", 8),
            ("0898", 8),
            ("0791", 8),
        ]
    )
    number = r.choice("2345678") + digits(r, body - 1)
    split = f"{number[:4]} {number[4:]}"
    return r.choice(
        [f"{code}-{number}"] * 4
        + [
            f"({code}){number}",
            f"（{code}）{number}",
            f"{code} {number}",
            f"{code}-{split}",
            f"+86 {code[1:]} {split}",
            f"+86-{code[1:]}-{number}",
            f"{code}—{number}",
            f"({code}) {split}",
        ]
    )


def card(r: Random) -> str:
    start, length = r.choice(
        [
            ("4", 16),
            ("4", 16),
            ("51", 16),
            ("53", 16),
            ("55", 16),
            ("37", 15),
            ("6222", 19),
            ("6217", 19),
            ("6228", 19),
            ("6225", 16),
            ("6011", 16),
        ]
    )
    body = start + digits(r, length - len(start) - 1)
    number = body + luhn_digit(body)
    if length == 15:
        groups = [number[:4], number[4:10], number[10:]]
    else:
        groups = [number[at : at + 4] for at in range(0, length, 4)]
    return r.choice([number, " ".join(groups), " ".join(groups), "-".join(groups)])


def iban(r: Random) -> str:
    country, shape = r.choice(
        [
            ("DE", "#" * 18),
            ("GB", "AAAA" + "#" * 14),
            ("FR", "#" * 23),
            ("ES", "#" * 20),
            ("NL", "AAAA" + "#" * 10),
            ("IT", "A" + "#" * 22),
            ("CH", "#" * 17),
            ("PL", "#" * 24),
            ("BE", "#" * 12),
            ("AT", "#" * 16),
            ("IE", "AAAA" + "#" * 14),
        ]
    )
    body = "".join(r.choice(string.ascii_uppercase) if char == "A" else char for char in filled(r, shape))
    check = 98 - int("".join(str(int(char, 36)) for char in body + country + "00")) % 97
    number = f"{country}{check:02d}{body}"
    spaced = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    return r.choice([number, spaced, spaced, number])


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


def ipv4(r: Random) -> str:
    return f"{r.choice([8, 34, 47, 52, 91, 101, 114, 183, 203, 211])}." + ".".join(
        str(r.randint(0, 254)) for _ in "abc"
    )


def ipv6(r: Random) -> str:
    groups = [f"{r.randint(1, 65535):x}" for _ in range(6)]
    return r.choice(
        [
            f"2001:db8::{groups[0]}",
            f"2a02:{':'.join(groups)}:1",
            f"fe80::{':'.join(groups[:4])}",
            f"2400:3200::{groups[0]}",
            f"2607:f8b0:{groups[0]}:{groups[1]}::{groups[2]}",
            f"2001:0DB8:85A3:0000:0000:8A2E:{groups[0].upper():0>4}:7334",
        ]
    )


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
