"""Small talk: whole messages that ask nothing of the city. Pure; a question that begins with 你好 is a question.

Only a message that consists of nothing else counts, so that no question is swallowed. Patterns are written in the
simplified letters to which `folded` brings both writings, without marks and blanks.
"""

from __future__ import annotations

import re
from enum import StrEnum

from cityhall.engines.retrieval.reading import folded

LONGEST = 30


class Talk(StrEnum):
    """Kinds of small talk, each with a short line of its own."""

    GREETING = "GREETING"
    THANKS = "THANKS"
    BYE = "BYE"
    WHO = "WHO"
    HOW = "HOW"
    PRAISE = "PRAISE"
    SCOLD = "SCOLD"
    YES = "YES"
    NOISE = "NOISE"
    CHAT = "CHAT"


_END = "(?:啊|呀|喔|哦|噢|啦|嘛|呢|吧|耶|欸|诶|齁|哈|捏|咧|了|的|喽|囉|唷|哟|~)*"
_YOU = "(?:你|您|妳|你们|机器人|小编|客服|市府)"
_PATTERNS: tuple[tuple[Talk, str], ...] = (
    (Talk.GREETING, r"(?:哈?[啰喽囉罗]|哈喽|哈啰|嗨+|嘿+|hi+|hey+|hello+|hallo|halo|安安?|早安?|早上好|午安|晚安?|晚上好|下午好|中午好|"
     rf"{_YOU}+们?好|大家好|各位好|(?:请问)?有人(?:在)?[吗嘛]?|在吗|在嘛|有人在吗|请问在吗|goodmorning|goodafternoon|goodevening|yo|哩厚|呷饱没|新年快乐|"
     r"中秋(?:节)?快乐|圣诞(?:节)?快乐|端午(?:节)?快乐|hi你好|hello你好|你好你好|您好您好|不好意思|请问|请问一下|想请问|我想问|我想问一下|我有问题|有问题想问|打扰了)"),
    (Talk.THANKS, rf"(?:好|嗯|ok)?(?:谢+|谢谢+|感谢|感恩|多谢|谢啦|谢喔|3q|thx|ty|thanks?(?:you)?(?:somuch|alot)?|thankyou(?:somuch|verymuch)?|感激不尽|非常感谢|万分感谢|"
     rf"太?感谢|辛苦|麻烦)(?:{_YOU}|大家|帮忙|回覆|回复|协助|告知)*|(?:谢谢)?(?:{_YOU})?辛苦|收到谢谢|了解谢谢|知道了谢谢|好的谢谢"),
    (Talk.BYE, r"(?:掰+|掰掰+|拜+|拜拜+|再见|再会|bye+|byebye|goodbye|seeyou|88|886|下次见|先这样|就这样|没事|没有问题|没问题|没有其他问题|"
     r"没别的|不用|不用谢谢|没有|没事没事|先走|我先走|结束|改天再聊|晚点再说|goodnight)"),
    (Talk.WHO, rf"(?:请问)?(?:{_YOU}(?:到底)?(?:是谁|是什么|是机器人|是真人|是人|是人类|是ai|是不是(?:机器人|真人|人|人类|ai)|叫什么(?:名字)?|几岁|住哪里?|"
     r"会做什么|能做什么|可以做什么|会什么|有什么功能|可以帮我什么|能帮我什么|是男是女|是男生还是女生|有名字|会说什么语言|会说台语|会说英文|多大)[吗嘛]?|"
     r"whoareyou|areyou(?:a|an)?(?:robot|bot|human|ai|real|person|realperson)|whatsyourname|whatisyourname|whatcanyoudo|是机器人|机器人|是真人)"),
    (Talk.HOW, rf"(?:(?:{_YOU})?(?:最近|今天)?(?:好|好吗|还好吗|过得好吗|过得如何|怎么样|开心吗|累吗|累不累|忙吗|忙不忙|吃饭了?吗|吃了吗|吃饱了?吗|吃饱没|睡了吗|"
     r"心情好吗|心情如何|在干嘛|在做什么|在干吗|在忙什么|无聊吗|会累吗|会饿吗|会睡觉吗|要睡觉吗)|howareyou(?:doing|today)?|whatsup|howisitgoing|hows?itgoing)"),
    (Talk.PRAISE, rf"(?:{_YOU})?(?:真|很|好|太|超|好有|真的|蛮|满|挺)*(?:棒|赞|厉害|聪明|可爱|贴心|强|专业|好用|方便|给力|优秀|不错|帅|漂亮|酷|有帮助|good|nice|great|awesome|cool|"
     r"welldone|goodjob|爱你|我爱你|喜欢你|我喜欢你|我好爱你)+"),
    (Talk.SCOLD, rf"(?:{_YOU})?(?:真|很|好|太|超|有够|真的|怎么这么|怎么那么|也太)*(?:笨|烂|蠢|白痴|白癡|智障|废物|没用|烂透|差劲|糟糕|无聊|讨厌|烦|笨蛋|难用|废|智障喔|垃圾系统|"
     r"stupid|useless|idiot|dumb|shit|fuck(?:you)?|干|靠|靠北|靠夭|去死|滚|闭嘴|滚开|鬼扯|乱讲|胡说|胡说八道|什么烂系统|什么鬼|听不懂人话|答非所问|有病)+"),
    (Talk.YES, r"(?:好+|好的+|好喔|嗯+|恩+|喔+|哦+|噢+|是|是的|对+|对的|ok+|okay|okok|了解|了解了|瞭解|明白|明白了|知道|知道了|收到|原来如此|原来是这样|是喔|这样喔|这样啊|真的吗|真的假的|"
     r"不是|不对|不要|不知道|随便|都可以|可以|行|没关系|没差|yes|no|yeah|yep|nope|sure|isee|gotit|等一下|稍等|等等|我看看|我想想|我再看看|嗯嗯+|好吧|算了)"),
    (Talk.CHAT, rf"(?:(?:请)?(?:跟我聊天|陪我聊天|聊天吗?|来聊天|我好无聊|好无聊|无聊|我好累|好累|我好饿|好饿|肚子饿|肚子好饿|好热|好冷|今天好热|今天好冷|今天天气真好|天气真好|"
     r"我心情不好|心情不好|我好难过|好难过|我失恋|我好开心|好开心|今天是我生日|生日快乐|唱首?歌|唱歌给我听|讲个?笑话|说个?笑话|讲笑话给我听|说故事|讲故事|你会唱歌吗|你会跳舞吗|"
     r"你喜欢我吗|你爱我吗|嫁给我|跟我结婚|你有女朋友吗|你有男朋友吗|你结婚了吗|1加1等于多少|1加1|11|人生的意义是什么|明天会中乐透吗|乐透号码|"
     r"今天几号|今天星期几|今天礼拜几|现在几点|几点了|今天天气(?:如何|怎么样|怎样)|明天天气(?:如何|怎么样|怎样)|明天会下雨吗|今天会下雨吗|会下雨吗|"
     r"晚餐吃什么|午餐吃什么|中午吃什么|晚上吃什么|要吃什么|推荐好吃的|我是谁|我爱桃园|加油|猜猜我是谁|你猜|告诉我一个秘密|我不想上班|不想上班|我想下班|好想放假|"
     rf"tellmeajoke|imbored|iloveyou|singasong|whattimeisit)(?:给我听)?{_END}[吗嘛]?)"),
    (Talk.NOISE, r"(?:[0-9]{1,3}|[a-z]{1,3}|哈+|呵+|嘻+|嘿嘿+|hehe+|haha+|lol+|xd+|orz|qq+|呜+|啦+|噗+|科科|厂厂|ㄏ+|ㄎ+|ㄅ+|ㄟ+|欸+|诶+|咦+|啊+|呃+|测试+|test(?:ing)?|测试测试|"
     r"asdf\w*|qwer\w*|zxcv\w*|aaa+|123(?:456)?\d*|[ㄅ-ㄩ]+)"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(rf"(?:{pattern}){_END}[吗嘛]?")) for kind, pattern in _PATTERNS)
_LETTERS = re.compile(r"[^\w]|_")


def bare(text: str) -> str:
    """The letters and digits of a message, folded."""
    return _LETTERS.sub("", folded(text))


def talk(text: str) -> Talk | None:
    """What kind of small talk a message is; None for one that may ask something."""
    plain = bare(text)
    if not plain:
        return Talk.NOISE
    if len(plain) > LONGEST:
        return None
    found = next((kind for kind, pattern in _COMPILED if pattern.fullmatch(plain)), None)
    if found is None and len(plain) > 3:
        found = _repeated(plain)
    return found


def _repeated(plain: str) -> Talk | None:
    """你好謝謝: two pieces of small talk are small talk, of the kind of the second."""
    for cut in range(1, len(plain)):
        first = next((kind for kind, pattern in _COMPILED[:8] if pattern.fullmatch(plain[:cut])), None)
        if first is None:
            continue
        second = next((kind for kind, pattern in _COMPILED if pattern.fullmatch(plain[cut:])), None)
        if second is not None:
            return second
    return None
