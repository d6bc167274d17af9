"""The indexed parts, and the index of the database's own kind."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# FTS5's ascii tokenizer splits at spaces only: the other marks of ASCII are folded away before, and what lies beyond
# ASCII is a part of a token. (unicode61 would drop characters that are younger than its tables.)
MAKE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE textsearch_stream USING fts5(tokens, content='', columnsize=0, tokenize='ascii')",
        "CREATE VIRTUAL TABLE textsearch_characters USING fts5("
        "tokens, content='', columnsize=0, detail=none, tokenize='ascii')",
    ),
    "postgresql": (
        "ALTER TABLE textsearch_document ADD COLUMN stream tsvector NOT NULL DEFAULT ''",
        "CREATE INDEX textsearch_document_stream ON textsearch_document USING gin (stream) "
        "WITH (gin_pending_list_limit = 512)",
    ),
}
UNMAKE = {
    "sqlite": ("DROP TABLE textsearch_stream", "DROP TABLE textsearch_characters"),
    "postgresql": ("ALTER TABLE textsearch_document DROP COLUMN stream",),
}


def make(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def unmake(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNMAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField()),
                ("parts", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(make, unmake),
    ]
