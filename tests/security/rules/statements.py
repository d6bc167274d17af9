def wrong(cursor, name, pk, table):
    # ruleid: statements
    cursor.execute(f"SELECT * FROM cases_case WHERE number = '{name}'")
    # ruleid: statements
    cursor.execute("SELECT * FROM cases_case WHERE number = '%s'" % name)
    # ruleid: statements
    cursor.execute("SELECT * FROM cases_case WHERE number = '" + name + "'")
    # ruleid: statements
    cursor.execute("SELECT * FROM {}".format(table), [pk])
    statement = f"SELECT * FROM {table}"
    # ruleid: statements
    cursor.execute(statement, [pk])
    # ruleid: statements
    Case.objects.extra(where=[f"number = '{name}'"])
    # ruleid: statements
    Case.objects.raw(f"SELECT * FROM cases_case WHERE number = '{name}'")
    # ruleid: statements
    Case.objects.annotate(found=RawSQL(f"SELECT {name}", []))


def right(cursor, name, known):
    # ok: statements
    cursor.execute("SELECT * FROM cases_case WHERE number = %s", [name])
    # ok: statements
    cursor.execute("SELECT * FROM cases_case WHERE number = %s", [name])
    # ok: statements
    cursor.executemany("INSERT INTO counter (day) VALUES (%s)", [(name,)])
    # ok: statements
    known.extra
    # ok: statements
    Case.objects.raw("SELECT * FROM cases_case WHERE number = %s", [name])
    # ok: statements
    connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
