"""Acts on petitions, by who takes them: `filing` and `citizen` for citizens, `dispatch` for the desk, `handling` for
agencies, `restrictions` for the register of repeated petitions, `upkeep` for the nightly jobs."""
