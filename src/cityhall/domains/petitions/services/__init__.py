"""Acts on petitions, by who takes them: `filing` and `citizen` for citizens, `dispatch` for the desk, `handling` for
agencies, `upkeep` for the nightly jobs."""
