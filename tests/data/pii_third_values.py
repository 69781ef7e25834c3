"""Values for the third set of rows: made-up addresses, phones, cards and accounts in the ways people write them.

Written without sight of the patterns it tests. Every function takes the random generator and returns one string;
nothing in here knows the sentence the value will stand in.
"""

import string
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
