from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "cityhall.engines.mailbox"
    label = "mailbox"

    def ready(self) -> None:
        from cityhall.engines.letters import smtp
        from cityhall.engines.mailbox.addresses import reply_address

        smtp.answers_to(reply_address)
