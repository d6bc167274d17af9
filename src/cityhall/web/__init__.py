"""What pages share: base templates, components, forms, charts, maps, access marks, health.

`web` stands below engines and domains and never imports them. What they show on shared pages (menu entries,
numbers, checks, who may do what) they declare to the registries kept here, each in its own `pages.py`.
"""
