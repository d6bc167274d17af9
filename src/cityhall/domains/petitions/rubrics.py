"""The first rubric of the monthly check, as it is put into the database where there is none; later versions are data.

Source: research note 01 §5.10: 0 to 5 each on promptness, completeness, tone, legality and plain language.
"""

from __future__ import annotations

from datetime import date

FIRST_SINCE = date(2016, 8, 1)
FIRST_SOURCE = "本府陳情案件處理品質檢核作業"
FIRST: tuple[tuple[str, int, bool, str, str, str, str], ...] = (
    (
        "promptness", 4, False, "及時", "Promptness", "是否在期限內回復；需要更久時，是否先告訴民眾。",
        "Answered within the limit; where it took longer, the citizen was told before.",
    ),
    (
        "completeness", 5, True, "完整", "Completeness", "是否回答了民眾問的每一件事，寫明怎麼處理、哪一天、誰負責。",
        "Everything asked is answered: what is done, on which day, and by whom.",
    ),
    (
        "tone", 3, False, "語氣", "Tone", "是否有禮、不推諉、不責備民眾。",
        "Polite; nothing is pushed off to others, nobody is blamed.",
    ),
    (
        "legality", 5, True, "適法", "Legality", "依據是否正確、處理是否合乎規定；該告知救濟的，是否寫明。",
        "The right rule, rightly applied; a way to appeal is named where there is one.",
    ),
    (
        "plain", 3, False, "易懂", "Plain language", "是否用民眾看得懂的話，沒有公文套語與行話。",
        "Words that citizens understand, without office phrases and jargon.",
    ),
)  # fmt: skip
