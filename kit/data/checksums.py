"""Check digits of card, account and identity numbers: what tells them from any other long number."""

from __future__ import annotations

from datetime import date

__all__ = ["is_brazilian_cpf", "is_card", "is_chinese_id", "is_iban", "is_spanish_id", "passes_luhn"]

CHINESE_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, ISO 7064 MOD 11-2
CHINESE_CHECKS = "10X98765432"
SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
# length of an IBAN by country: registry of ISO 13616
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: from the right, every second digit doubled (9 taken off above 9), the sum divisible by 10.

    >>> passes_luhn("4111111111111111"), passes_luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """A payment card: first digits and length as the schemes issue them, and the Luhn check."""
    length, two, four = len(digits), int(digits[:2]), int(digits[:4])
    is_issued = (
        (digits[0] == "4" and length in (16, 19))  # Visa
        or (length == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))  # Mastercard
        or (length == 15 and two in (34, 37))  # American Express
        or (length == 14 and (two in (36, 38, 39) or 300 <= int(digits[:3]) <= 305))  # Diners
        or (length in (16, 17, 18, 19) and (two in (62, 64, 65, 81) or four == 6011))  # UnionPay, Discover
        or (16 <= length <= 19 and 3528 <= four <= 3589)  # JCB
        or (12 <= length <= 19 and (two in (50, 56, 57, 58) or two in (60, 63, 67)))  # Maestro
    )
    return is_issued and len(set(digits)) > 1 and passes_luhn(digits)


def is_iban(text: str) -> bool:
    """Country, length and ISO 7064 MOD 97-10: the first four characters at the end, letters as 10 to 35, is 1 mod 97.

    >>> is_iban("GB82WEST12345698765432"), is_iban("GB82WEST12345698765433")
    (True, False)
    """
    text = text.upper()
    if IBAN_LENGTHS.get(text[:2]) != len(text) or not text.isalnum() or not text.isascii() or not text[2:4].isdigit():
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def is_chinese_id(text: str) -> bool:
    """Resident identity number of 18 characters: region, a real birth date, and the check character.

    >>> is_chinese_id("11010519491231002X"), is_chinese_id("110105194912310021")
    (True, False)
    """
    if len(text) != 18 or not text[:17].isdigit() or text[0] not in "12345678":
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(CHINESE_WEIGHTS, text))
    return 1900 <= born.year <= 2100 and CHINESE_CHECKS[total % 11] == text[17].upper()


def is_spanish_id(text: str) -> bool:
    """DNI (8 digits) or NIE (X, Y or Z for 0, 1 or 2, and 7 digits), then the letter of the number modulo 23."""
    text = text.upper()
    number = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:8]
    return len(text) == 9 and number.isdigit() and SPANISH_LETTERS[int(number) % 23] == text[8]


def is_brazilian_cpf(digits: str) -> bool:
    """Eleven digits of which the last two check the others by weighted sums modulo 11."""
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for end in (9, 10):
        total = sum(int(digit) * (end + 1 - place) for place, digit in enumerate(digits[:end]))
        if total * 10 % 11 % 10 != int(digits[end]):
            return False
    return True
