from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "cityhall.engines.letters"
    label = "letters"

    def ready(self) -> None:
        from cityhall.engines.letters import gateways, paper, smtp
        from cityhall.engines.letters.carriers import carries
        from cityhall.engines.letters.states import Channel

        carries(Channel.EMAIL, smtp.carry)
        carries(Channel.SMS, gateways.gateway(Channel.SMS))
        carries(Channel.PUSH, gateways.gateway(Channel.PUSH))
        carries(Channel.PAPER, paper.carry)
