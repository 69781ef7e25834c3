"""Formats of personal data as patterns: what they match is still to be checked by `kit.data.pii`."""

from __future__ import annotations

import re

# Whatever is found holds a digit, an @ or one of these: most texts end here.
ANYTHING = re.compile(
    r"[\d@]|://|PRIVATE KEY|pass(?:word|wd|phrase)|pwd|密码|口令|[\[({<]\s?at\s?[\])}>]", re.IGNORECASE
)
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9_](?:[A-Za-z0-9._%+'\-]{0,62}[A-Za-z0-9_+\-])?@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9\-]{2,59})(?![A-Za-z0-9\-])"
)
# "git@host:path" is a remote, "logo@2x.png" a file.
NO_EMAIL = re.compile(r"(?:git|hg|svn)@|.*\.(?:png|jpe?g|gif|webp|svg|ico|css|js|pdf)$", re.IGNORECASE)
SPELT_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._+\-])[A-Za-z0-9][\w.+\-]{0,62}\s?[\[({<]\s?at\s?[\])}>]\s?[A-Za-z0-9\-]+"
    r"(?:(?:\s?[\[({<]\s?dot\s?[\])}>]\s?|\.)[A-Za-z0-9\-]+)+", re.IGNORECASE | re.ASCII,
)  # fmt: skip
SPELT_AT = re.compile(r"[\[({<]\s?at\s?[\])}>]", re.IGNORECASE)
DOTTED = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
LONG_DIGITS = re.compile(r"\d(?:[ \-]?\d){11,18}")
IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}[ \-]?[A-Za-z0-9]")
CHINESE_ID = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{5}([ \-]?)\d{8}\1\d{3}[\dXx](?![0-9A-Za-z])")
OLD_CHINESE_ID = re.compile(  # 15 digits, until 1999, without a check digit
    r"(?<![0-9A-Za-z])[1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9A-Za-z])"
)
SSN = re.compile(r"(?<![\w\-.])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w\-])", re.ASCII)
BARE_SSN = re.compile(r"(?<![\w\-.])(?!000|666|9)\d{3}[ .]?(?!00)\d{2}[ .]?(?!0000)\d{4}(?![\w\-])", re.ASCII)
NINO = re.compile(
    r"(?<![A-Za-z0-9])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d{2}){3} ?[A-D](?![A-Za-z0-9])"
)
SPANISH_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:\d{8}|\d{2}\.\d{3}\.\d{3}|[XYZ]-?\d{7})[ \-]?[A-HJ-NP-TV-Z](?![A-Za-z0-9])"
)
CPF = re.compile(r"(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)")
BARE_CPF = re.compile(r"(?<![\w.\-])\d{11}(?![\w\-])", re.ASCII)
HONG_KONG_ID = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\d{6}\([\dA]\)")
BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Chinese text sets no space before a Latin word ("10.1.2.3ping不通"); "1.2.3.4rc版本" is a version all the same.
GLUED_WORD = r"(?!(?i:rc|beta|alpha|dev|post|pre|patch|sp)(?![A-Za-z]))[A-Za-z]{2,12} ?[\u4e00-\u9fff]"
IPV4 = re.compile(rf"(?<![\w.\-])(?:{BYTE}\.){{3}}{BYTE}(?:(?![\w\-]|\.\d)|(?={GLUED_WORD}))", re.ASCII)
IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?!\w|:[0-9A-Fa-f:])", re.ASCII
)
EDGE, END = r"(?<![\w./+#$€£¥\-])(?<!\d,)", r"(?![\w/]|[.,\-]\d)"
# Eleven digits cannot follow the comma of a number; behind a slash they stand only after a long number ("id/mobile")
# or a Chinese word, which the path of a link seldom has.
MOBILE_EDGE = r"(?:(?<![\w./+#$€£¥\-])|(?<=\d{6}[\dXx]/)|(?<=[\u4e00-\u9fff]/))"
PHONES = (
    re.compile(r"(?:(?<![\w+.])\+|(?<![\w+.,])00)[1-9]\d{0,2}(?:[ .\-]?\(0?\d{1,4}\))?(?:[ .\-/]?\d{1,5}){2,6}"
               + END, re.ASCII),
    re.compile(MOBILE_EDGE + r"(?:(?:86|\(\+?86\))[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}[ \-]?\d{4}|[ \-]\d{3}[ \-]\d{5})"
               + END, re.ASCII),
    re.compile(EDGE + r"(?:\(0[1-9]\d{1,2}\)[ \-]?|0[1-9]\d{1,2}[ \-—])(?:\d{7,8}|\d{3,4}[ \-]\d{4})"
               + r"(?:(?:转| ?ext\.? ?|-)\d{1,5})?"
               + END, re.ASCII),
    re.compile(EDGE + r"[48]00[ \-]\d{3}[ \-]?\d{4}" + END, re.ASCII),
    re.compile(EDGE + r"(?:1[ .\-]?)?(?:\([2-9]\d{2}\)[ \-.]?|[2-9]\d{2}[ .\-])[2-9]\d{2}[ .\-]\d{4}"
               + r"(?: ?(?:x|ext\.?) ?\d{1,5})?" + END, re.ASCII),
    re.compile(EDGE + r"0[1-9]\d{1,3}[ \-]\d{3,4}[ \-]?\d{3,4}" + END, re.ASCII),
    re.compile(EDGE + r"0[1-9](?:[ .\-]\d{2}){4}" + END, re.ASCII),
)  # fmt: skip
DATE = r"(?:\d\d[.\-]\d\d[.\-](?:19|20)\d\d|(?:19|20)\d\d([.\-])(?:0\d|1[0-2])\1[0-3]\d)(?![.\-]?\d)"
AFTER_PHONE_WORD = re.compile(
    r"(?<![\w+])(?!" + DATE + r")(?:[+(]?\d(?:[ .\-()]{0,2}\d){6,14}|0[1-9]\d{1,3}/\d{5,8})" + END, re.ASCII)
# Digits that a phone number may have, and many another number: one only where a label, a name or a verb says so.
NATIONAL_PHONE = re.compile(
    r"(?<![\w+./\-])(?:[2-9]\d{2}[2-9]\d{6}|0[1-9]\d{1,3}(?:[ \-]?\d{2,4}){2,4}|0[1-9]\d{1,3}/\d{5,8})" + END,
    re.ASCII,
)
PHONE_CONTEXT = re.compile(
    r"(?:(?:^|[\n|,;/] ?|\s{2})[TMPH] ?[:.] ?"  # the labels of a signature
    r"|\b(?i:mob|tel|ph|hp)\b[.: ]{1,3}"
    r"|\b(?i:my|his|her|our|their|your)(?: (?:new|old|other|direct|private|home|work|office|contact))? (?i:number)"
    r"(?: is|:) ?"
    r"|\b(?i:reach(?:ed)?|call(?:ed)?|text(?:ed)?|rang|ring|contact(?:ed)?|voicemail|message)"
    r"(?: (?:me|us|him|her|them|[A-Z][\w.'’\-]{0,19})){0,3} (?:at|on) "
    r"|\b(?i:call|text|ring|dial|phone) (?:(?:me|us|him|her|them) )?"
    r"|\b[A-Z][\w'’\-]+ [A-Z][\w'’\-]+ \("  # in brackets behind a full name
    r"|@[\w.\-]+\.[A-Za-z]{2,24} ?[,;|/] ?)$"  # behind an e-mail address in a line of contacts
)
CONTEXT_ASIDE = 80  # characters that a verb, a name and "at" may take
# No flag for the case: with it the Kelvin sign and the long s of the excluded range would exclude "k" and "s".
URL = re.compile(r"(?:\b[A-Za-z][A-Za-z0-9+.\-]{1,15}://|\b[Ww]{3}\.)[^\s,;<>\"'|()\u0080-\uffff]+", re.ASCII)
URL_PHONE = re.compile(r"(?:phone|mobile|cell|tel|sms|whatsapp|wa\.me)[\w\-]{0,8}[=:/](?:\+|%2B)?$", re.IGNORECASE)
SEVERAL_DIGITS = re.compile(r"\d(?:[ .\-()/]{0,3}\d){5}")

ASIDE = 18  # characters before a number in which a word tells what it is
OTHER_NUMBER = re.compile(
    r"(?:order|invoice|ticket|tracking|parcel|shipment|ref(?:erence)?|sku|serial|model|part|case|item|batch|isbn|barcode"
    r"|transaction|version|timestamp|订单|单号|编号|发票|流水|运单|快递|序列|货号|型号|批次|条码|批号)"
    r"[ #.:：号码nod是为(is)]{0,10}$", re.IGNORECASE,
)  # fmt: skip
DIGITS_BEFORE = re.compile(r"\d[ \-]$")  # the last groups of a longer number
PHONE_WORD = re.compile(
    r"(?:phone|mobile|cell|tel|telephone|whatsapp|fax|call(?: me)?(?: (?:at|on|back))?|text me(?: at| on)?|reach me"
    r"(?: at| on)?|dial|sms|电话|手机|座机|传真|致电|拨打|联系方式|热线|微信)"
    r"(?: (?:number|no|nr)\b)?[ \w.:：号码是为/(]{0,8}$", re.IGNORECASE,
)  # fmt: skip
ID_WORD = re.compile(r"(?:身份证|证件|id card|identity)[ \w.:：号码是为]{0,8}$", re.IGNORECASE)
CPF_WORD = re.compile(r"cpf[ \w.:#º]{0,10}$", re.IGNORECASE)
SSN_WORD = re.compile(r"(?:ssn|social security)[ \w.:#]{0,12}$", re.IGNORECASE)
VERSION_WORD = re.compile(  # right before the number; the end of "server" is none
    r"(?:(?<![A-Za-z])(?:v|ver(?:sion)?|release|build|firmware|running|section|chapter)|版本|固件|第)"
    r"[ .:：号为是v]{0,3}$",
    re.IGNORECASE,
)
FROM_TO = re.compile(  # a change of version, where a verb says so or one of the two is no address
    r"(?:(?P<verb>\b(?:up|down)grad\w+|\bbump\w*|\brolled back)\b[^.\n]{0,40}?\s)?"
    r"(?:\bfrom |从 ?)(?P<old>v?\d+(?:\.\d+){1,3})(?:-?[a-z]+\d*)? ?"
    r"(?:to|->|→|(?P<chinese_verb>(?:升级|降级|更新|回滚|回退)(?:到|至|为))) ?(?P<new>v?\d+(?:\.\d+){1,3})",
    re.IGNORECASE | re.ASCII,
)
UPGRADED_TO = re.compile(r"(?:\b(?:up|down)graded? (?:it )?to|(?:升级|降级)(?:到|至|为)) ?$", re.IGNORECASE)
