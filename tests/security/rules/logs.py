def wrong(request, account, contact, letter):
    # ruleid: logs
    log.info("signed in: %s", account.email)
    # ruleid: logs
    logger.warning(f"no answer from {contact.phone}")
    # ruleid: logs
    log.error("sent " + letter.recipient)
    # ruleid: logs
    log.info("form %s", request.POST)
    # ruleid: logs-names
    log.info("signed in: %s", account.name)


def right(account, letter, worker):
    # ok: logs
    log.info("signed in: %s", account.pk)
    # ok: logs
    log.warning("letter %s: %s", letter.pk, letter.channel)
    # ok: logs-names
    log.info("worker %s started", worker.name)
