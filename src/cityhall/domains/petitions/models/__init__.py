"""Tables of petitions; every change a dated row."""

from .area_news import AreaDigest, AreaSubscription
from .catalogue import Category, CategoryQuerySet, CategoryQuestion, CategoryTerm, Dated, ReplyTemplate
from .digest import AgencyDigest, DigestSending
from .dispatching import DispatchDecision, Label, ReplayDifference, Routing, RuleReplay, StaffRule, StaffWords
from .frozen import FrozenCell, FrozenMonth
from .imports import ImportedPetition
from .learning import CaseConference, DispatchSetting, ReviewSample, SampleReview, Training
from .listings import Restriction, RestrictionAppeal, RestrictionKey, RestrictionQuerySet, RestrictionStep, SetAside
from .mail import Forwarder, ForwarderQuerySet, Referral
from .mailboxes import AgencyMailbox
from .on_behalf import Consent
from .passed_on import PassedOn, PassedOnQuerySet, PassedOnStep
from .peers import Endpoint, EndpointMapping, EndpointService, PeerRequest
from .petitions import Alert, Draft, Extension, FollowUp, FollowUpMove, Petition, PetitionQuerySet, UploadLink
from .quality import (
    QualityAward,
    QualityCheck,
    QualityContest,
    QualityCriterion,
    QualityMark,
    QualityRubric,
    QualityShare,
    QualitySheet,
    QualitySheetQuerySet,
    QualityStep,
)
from .received import ReceivedLetter
from .retention import Removal, RetentionHold, RetentionHoldQuerySet
from .returns import YearReturn
from .splitting import Split, SplitPart
from .together import AlikePair, Cluster, ClusterMember, ClusterStep, Join, Supporter
from .words import KeptWords

__all__ = [
    "AgencyDigest",
    "Alert",
    "AreaDigest",
    "AreaSubscription",
    "CaseConference",
    "AgencyMailbox",
    "AlikePair",
    "Category",
    "CategoryQuerySet",
    "CategoryQuestion",
    "CategoryTerm",
    "Cluster",
    "Consent",
    "ClusterMember",
    "ClusterStep",
    "Dated",
    "DigestSending",
    "DispatchDecision",
    "DispatchSetting",
    "Draft",
    "Extension",
    "FollowUp",
    "ImportedPetition",
    "FrozenCell",
    "FrozenMonth",
    "Join",
    "KeptWords",
    "Forwarder",
    "ForwarderQuerySet",
    "Label",
    "Endpoint",
    "EndpointMapping",
    "EndpointService",
    "PeerRequest",
    "PassedOn",
    "PassedOnQuerySet",
    "PassedOnStep",
    "Petition",
    "PetitionQuerySet",
    "Referral",
    "FollowUpMove",
    "QualityAward",
    "QualityCheck",
    "QualityContest",
    "QualityCriterion",
    "QualityMark",
    "QualityRubric",
    "QualityShare",
    "QualitySheet",
    "QualitySheetQuerySet",
    "QualityStep",
    "Removal",
    "ReceivedLetter",
    "ReplayDifference",
    "ReplyTemplate",
    "Restriction",
    "RestrictionAppeal",
    "RestrictionKey",
    "RestrictionQuerySet",
    "RestrictionStep",
    "RetentionHold",
    "RetentionHoldQuerySet",
    "ReviewSample",
    "Routing",
    "RuleReplay",
    "SampleReview",
    "SetAside",
    "Split",
    "SplitPart",
    "StaffRule",
    "StaffWords",
    "Training",
    "Supporter",
    "UploadLink",
    "YearReturn",
]
