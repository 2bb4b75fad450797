"""A sabotage is a missing protection, not a broken program: where nothing fails, a session with it ends SAFE."""

from nothing_false import photographs, the_same_command_makes_it_safe


def test_where_nothing_fails_the_card_is_safe(studio):
    the_same_command_makes_it_safe(studio, photographs(studio))
