import pytest

from goldspike.workloads.imc.placement import Method, Placement


def place(method, **change):
    return Placement(**{"method": method, "height": 32, "channels": 3, **change})


def test_published_input_memories():
    assert place(Method.IWAP).table_bytes == 288
    for height, channels in ((32, 16), (16, 28), (8, 56)):
        assert place(Method.PLIP, height=height, channels=channels).table_bytes == 1536


def test_figure_7d_steps_two_words_a_pixel_and_six_a_row():
    plip = place(Method.PLIP, channels=20)
    assert [plip.words(x, y)[0] for x in range(2) for y in range(4)] == [0, 2, 4, 0, 6, 8, 10, 6]


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("word_bits", [8, 24, 100, 128, 160])
@pytest.mark.parametrize(("channels", "precision"), [(1, 1), (3, 8), (56, 8), (5, 7)])
def test_pieces_are_disjoint_and_whole(method, word_bits, channels, precision):
    placed = place(
        method, height=5, channels=channels, precision=precision, word_bits=word_bits, kernel=4
    )
    taken = set()
    for x in range(5):
        for y in range(4):
            bits = [
                (word, bit)
                for word, first, count in placed.bits(x, y)
                for bit in range(first, first + count)
            ]
            assert len(bits) == placed.pixel_bits
            assert all(0 <= bit < word_bits for _, bit in bits)
            assert not taken & set(bits)
            taken |= set(bits)
            assert placed.bits(x, y + 4) == placed.bits(x, y)
    assert max(word * word_bits + bit for word, bit in taken) + 1 == placed.memory_bits


@pytest.mark.parametrize("channels", [16, 32, 48])
def test_all_methods_are_alike_where_pixels_fill_words(channels):
    one, *others = (place(method, channels=channels) for method in Method)
    for other in others:
        assert other.bits(3, 2) == one.bits(3, 2)
        assert (other.memory_bits, other.read_cycles(), other.write_cycles()) == (
            one.memory_bits, one.read_cycles(), one.write_cycles(),
        )  # fmt: skip


def test_bad_placements_are_refused():
    with pytest.raises(ValueError, match="channels must be at least 1, not 0"):
        place(Method.PLIP, channels=0)
