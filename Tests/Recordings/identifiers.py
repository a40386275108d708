"""Check characters of Chinese identifiers, written from the published formulas and from nothing else.

Used by compose.py and check.py; shares no code with the product.
"""

CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
MOD37 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


def organisation_code(body):
    """GB 11714: the ninth character for eight characters."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum((int(c, 36)) * w for c, w in zip(body, weights)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def credit_code(first17):
    """GB 32100: the eighteenth character for seventeen."""
    total = sum(CREDIT.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return CREDIT[(31 - total % 31) % 31]


def is_credit_code(text):
    return (len(text) == 18 and all(c in CREDIT for c in text) and credit_code(text[:17]) == text[17]
            and organisation_code(text[8:16]) == text[16])


def deal_check(text):
    """GB/T 17710 (ISO 7064 MOD 37-2): the check character over everything before it, hyphens left out."""
    p = 0
    for c in text.replace("-", ""):
        p = (p + MOD37.index(c)) * 2 % 37
    return MOD37[(38 - p) % 37]


def is_deal_code(text):
    plain = text.replace("-", "")
    return len(plain) == 36 and len(text) in (36, 40) and deal_check(plain[:-1]) == plain[-1] and is_credit_code(plain[3:21])


def investment_check(digits19):
    """ISO 7064 MOD 11,10: the last digit of the newer investment project code (rule derived from published codes)."""
    p = 10
    for c in digits19:
        p = (p + int(c)) % 10 or 10
        p = 2 * p % 11
    return str((11 - p) % 10)


def is_investment_code(text):
    """True for a valid newer code and for any code of the older form (a year 2013 to 2020), which has no check digit."""
    digits = text.replace("-", "")
    if len(text) != 24 or len(digits) != 20 or not digits.isdigit():
        return False
    if 2013 <= int(digits[:4]) <= 2020:
        return True
    return 1 <= int(digits[2:4]) <= 12 and investment_check(digits[:19]) == digits[19]


def person_number(region, birth, sequence):
    """GB 11643: the eighteen characters of a person's number, check character by ISO 7064 MOD 11-2."""
    body = region + birth + sequence
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]


def self_test():
    """Examples printed in public texts, and computed by hand from the formulas."""
    assert credit_code("91350100M000100Y4") == "3"
    assert is_credit_code("11230500001755309F") and is_credit_code("91230500MA1B3N1N2M")
    assert not is_credit_code("91440101MA5TE2T093")
    assert organisation_code("MA5TE2T0") == "9" and organisation_code("TE2T0007") == "X"
    assert person_number("440101", "19900101", "123") == "440101199001011233"
    assert person_number("110105", "19491231", "002") == "11010519491231002X"
    assert is_deal_code("A01-12440100TE2T00053B-20260501-000001-S")
    assert is_deal_code("A0112440100TE2T00053B20260501000298*")
    assert not is_deal_code("A0112440100TE2T00053B20260501000001T")
    for code in ("2411-130202-89-01-637015", "2509-320193-89-01-544060", "2509-140602-89-05-864976",
                 "2603-141124-89-05-346948", "2603-440106-04-01-123453", "2018-440100-48-01-000123"):
        assert is_investment_code(code), code
    assert not is_investment_code("2603-440106-04-01-123454")


self_test()
