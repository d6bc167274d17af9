"""How alike the petitions of a city are: the share of those that have a near-duplicate, measured on a sample."""

from __future__ import annotations

from dataclasses import dataclass

from sklearn.feature_extraction.text import HashingVectorizer

from cityhall.domains.petitions.models import Petition
from cityhall.foundation.lots import dice

NEAR = 0.5
BATCH = 20_000


@dataclass(frozen=True)
class Alikeness:
    """Of so many petitions looked at, how many have another one among all that is near, and how many an equal one."""

    looked_at: int
    among: int
    near: int
    equal: int

    @property
    def near_share(self) -> float:
        """From 0 to 1."""
        return self.near / self.looked_at if self.looked_at else 0.0

    @property
    def equal_share(self) -> float:
        """From 0 to 1."""
        return self.equal / self.looked_at if self.looked_at else 0.0


def measure(*, sample: int = 500, seed: int = 105) -> Alikeness:
    """Compare the texts of a sample with those of all: the cosine of their runs of three characters."""
    texts = [text for (text,) in Petition.objects.order_by("pk").values_list("case__text").iterator(chunk_size=BATCH)]
    chance = dice(seed)
    chosen = sorted(chance.sample(range(len(texts)), min(sample, len(texts))))
    grams = HashingVectorizer(analyzer="char", ngram_range=(3, 3), alternate_sign=False, n_features=2**18)
    mine = grams.transform([texts[n] for n in chosen])
    nearest = [0.0] * len(chosen)
    for first in range(0, len(texts), BATCH):
        found = (mine @ grams.transform(texts[first : first + BATCH]).T).tocsr()
        for row, number in enumerate(chosen):
            low, high = found.indptr[row], found.indptr[row + 1]
            others = found.indices[low:high] + first != number
            values = found.data[low:high][others]
            nearest[row] = max(nearest[row], float(values.max()) if values.size else 0.0)
    counted: dict[str, int] = {}
    for text in texts:
        counted[text] = counted.get(text, 0) + 1
    equal = sum(counted[texts[n]] > 1 for n in chosen)
    return Alikeness(len(chosen), len(texts), sum(one >= NEAR for one in nearest), equal)
