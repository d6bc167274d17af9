"""What is kept is what comes back, or nothing does."""

import io
import json

import numpy as np
import pytest

from cityhall.engines.classify.model import Text, train
from cityhall.engines.classify.store import CannotLoad, HeldOut, checksum, pack, unpack

from .corpus import corpus


@pytest.fixture(scope="module")
def trained():
    return train(*corpus(30))


@pytest.fixture(scope="module")
def raw(trained):
    return pack(trained[0])


class TestPack:
    def test_comes_back_whole(self, trained, raw):
        model = unpack(raw, checksum(raw))

        for text in corpus(5, seed=9)[0]:
            assert model.predict(text) == trained[0].predict(text)
        assert (model.labels, model.counts, model.rows) == (
            trained[0].labels,
            trained[0].counts,
            trained[0].rows,
        )
        assert pack(model) == raw

    def test_is_refused_when_a_bit_has_changed(self, raw):
        for at in (0, len(raw) // 2, len(raw) - 1):
            changed = bytearray(raw)
            changed[at] ^= 1
            with pytest.raises(CannotLoad, match="checksum"):
                unpack(bytes(changed), checksum(raw))

    @pytest.mark.parametrize("other", [b"", b"not an archive", b"PK\x03\x04"])
    def test_is_refused_when_it_is_something_else(self, other):
        with pytest.raises(CannotLoad):
            unpack(other, checksum(other))

    def test_is_refused_in_another_format(self, raw):
        with np.load(io.BytesIO(raw)) as arrays:
            parts = dict(arrays)
        parts["about"] = np.frombuffer(json.dumps({"format": 99}).encode(), dtype=np.uint8)
        out = io.BytesIO()
        np.savez(out, **parts)

        with pytest.raises(CannotLoad, match="99"):
            unpack(out.getvalue(), checksum(out.getvalue()))

    def test_is_refused_when_a_part_is_missing(self, raw):
        with np.load(io.BytesIO(raw)) as arrays:
            parts = {name: arrays[name] for name in arrays if name != "weights"}
        out = io.BytesIO()
        np.savez(out, **parts)

        with pytest.raises(CannotLoad):
            unpack(out.getvalue(), checksum(out.getvalue()))

    def test_never_loads_a_pickle(self):
        out = io.BytesIO()
        np.savez(out, about=np.array([{"format": 1}], dtype=object))

        with pytest.raises(CannotLoad):
            unpack(out.getvalue(), checksum(out.getvalue()))


class TestHeldOut:
    def rows(self, texts: str, truth: str, guess: str) -> HeldOut:
        labels = tuple(sorted({*truth, *guess}))
        number = {name: at for at, name in enumerate(labels)}
        from cityhall.engines.classify.store import digest

        return HeldOut(
            labels,
            np.array([digest(Text(one)) for one in texts], dtype=np.uint64),
            np.array([number[one] for one in truth], dtype=np.uint16),
            np.array([number[one] for one in guess], dtype=np.uint16),
        )

    def test_comes_back_whole(self, trained):
        texts, _labels = corpus(30)
        kept = HeldOut.of(trained[1], texts)
        back = HeldOut.unpack(kept.pack())

        assert back.labels == kept.labels
        assert (back.digests == kept.digests).all()
        assert back.macro_f1_on_rows_of(kept) == kept.macro_f1_on_rows_of(back) > 0.9

    def test_is_compared_only_on_the_rows_of_both(self):
        old = self.rows("甲乙丙", "aab", "abb")
        new = self.rows("乙丙丁", "aba", "abc")

        assert new.macro_f1_on_rows_of(old) == 1
        assert old.macro_f1_on_rows_of(new) == pytest.approx((0 + 2 / 3) / 2)

    def test_leaves_out_rows_whose_label_was_corrected(self):
        old = self.rows("甲乙", "ab", "ab")
        new = self.rows("甲乙", "aa", "aa")

        assert new.macro_f1_on_rows_of(old) == 1
        assert old.macro_f1_on_rows_of(self.rows("丙", "a", "a")) is None
