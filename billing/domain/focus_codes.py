"""Codes of divisions and SKUs of catalog items, made from the names in a FOCUS file; the same ones every time."""

import hashlib
import re
import unicodedata

from billing.domain.focus import normalised_name

_CODE_LENGTH_MAX = 24
_CODE_HASH_LENGTH = 8
# Latin letters that Unicode does not take apart into a base letter and a mark.
_LATIN = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "Ŧ": "T"})
_SKU_LENGTH_MAX = 64
_SKU_HASH_LENGTH = 16
# Printable ASCII; a service without "-" and "/", which stand for a space and the border here, and neither with "~".
_SKU_SERVICE = re.compile("[ !-,.0-}]+")
_SKU_ID = re.compile("[!-}]*")
_SKU_UNFIT = re.compile("[^!-}]+")


def division_code(name: str) -> str:
    """A code for the division's name, the same each time: `[A-Z][A-Z0-9]*(-[A-Z0-9]+)*`, at most 24 characters.

    "Atlas Orion" is ATLAS-ORION, "Zürich" ZURICH, "3rd line" DIV-3RD-LINE. A name that this form cannot hold whole (too
    long, letters outside Latin) takes the code with a hash. Names that differ only in case or signs share their code.
    """
    code, complete = _code_of(name)
    return code if complete and len(code) <= _CODE_LENGTH_MAX else division_code_with_hash(name)


def division_code_with_hash(name: str) -> str:
    """The code to take when another division has `division_code(name)` already; its hash tells the names apart."""
    code, _ = _code_of(name)
    digest = _digest(normalised_name(name), _CODE_HASH_LENGTH).upper()
    return f"{code[: _CODE_LENGTH_MAX - 1 - _CODE_HASH_LENGTH].rstrip('-')}-{digest}"


def _code_of(name: str) -> tuple[str, bool]:
    """The name as a code of any length, and whether every letter and digit of it is in there."""
    folded = unicodedata.normalize("NFKD", normalised_name(name)).upper().translate(_LATIN)
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    code = re.sub("[^A-Z0-9]+", "-", letters).strip("-")
    complete = code != "" and not any(char.isalnum() and not char.isascii() for char in letters)
    return code if code[:1].isalpha() else f"DIV-{code}", complete


def catalog_sku(service_name: str, sku_id: str | None) -> str:
    """The catalog item's SKU, the same each time and another for every pair: at most 64 printable ASCII characters.

    "Amazon CloudFront" with B92307 is Amazon-CloudFront/B92307, without SkuId Amazon-CloudFront. What this form cannot
    hold without loss is cut and takes "~" and a hash; "~" occurs in no other SKU.
    """
    sku = "/".join(filter(None, (service_name.replace(" ", "-"), sku_id)))
    if len(sku) <= _SKU_LENGTH_MAX and _SKU_SERVICE.fullmatch(service_name) and _SKU_ID.fullmatch(sku_id or ""):
        return sku
    ascii_only = unicodedata.normalize("NFKD", sku).encode("ascii", "ignore").decode()
    readable = _SKU_UNFIT.sub("-", ascii_only).strip("-/")[: _SKU_LENGTH_MAX - 1 - _SKU_HASH_LENGTH]
    digest = _digest(f"{service_name}\0{sku_id or ''}", _SKU_HASH_LENGTH)
    return f"{readable}~{digest}"


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
