#!/usr/bin/env python3
"""Makes server/service/src/phones/plan.tsv: the numbering plans of all countries, as far as we need them.

    script/lib/phones/plan.py PhoneNumberMetadata.xml > server/service/src/phones/plan.tsv

The source is the metadata of Google's libphonenumber (Apache-2.0): `resources/PhoneNumberMetadata.xml` of its repository, and
`assets/` of the crate `phonenumber`, which brings the same file. The crate itself is not used: what its build script needs
would have the database compiled anew by everybody, and it panics on numbers that its own tables do not foresee.
"""

import re
import sys
import xml.etree.ElementTree as tree

TYPES = ["fixedLine", "mobile", "pager", "tollFree", "premiumRate", "sharedCost", "personalNumber", "voip", "uan", "voicemail"]


def pattern(element):
    text = element.text if element is not None else None
    return re.sub(r"\s+", "", text) if text else ""


def number(element):
    return pattern(element.find("nationalNumberPattern")) if element is not None else ""


def rows(territory):
    of = territory.get
    kinds = dict.fromkeys(number(territory.find(kind)) for kind in TYPES)
    kinds.pop("", None)
    trunk = of("nationalPrefixForParsing") or of("nationalPrefix") or ""
    yield [
        "T",
        of("id"),
        of("countryCode"),
        "main" if of("mainCountryForCode") == "true" else "",
        re.sub(r"\s+", "", of("internationalPrefix") or ""),
        re.sub(r"\s+", "", trunk),
        of("nationalPrefixTransformRule") or "",
        number(territory.find("generalDesc")),
        "|".join(kinds),
    ]
    for form in territory.iterfind("availableFormats/numberFormat"):
        abroad = pattern(form.find("intlFormat")) if form.find("intlFormat") is not None else None
        text = form.find("intlFormat").text if abroad else form.find("format").text
        if abroad == "NA":
            continue
        begins = [pattern(d) for d in form.iterfind("leadingDigits")]
        yield ["F", re.sub(r"\s+", "", form.get("pattern")), begins[-1] if begins else "", text.strip()]


def main():
    print("# Numbering plans, from libphonenumber (Apache-2.0, Google LLC) by script/lib/phones/plan.py; do not edit.")
    for territory in tree.parse(sys.argv[1]).getroot().find("territories"):
        for row in rows(territory):
            assert not any("\t" in cell or "\n" in cell for cell in row), row
            print("\t".join(row))


main()
