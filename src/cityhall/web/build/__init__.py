"""Builds what pages are made of: styles, scripts, fonts and boundaries, from locked packages into `build/`.

Run by `make setup` as `python -m cityhall.web.build`; a second run finds everything fresh and does nothing.
Nothing here is needed at run time, and nothing here touches Django.
"""
