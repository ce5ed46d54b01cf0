"""What a finding of acid drainage says: cause and advice, by the rule that made it. Pure."""

WORDS = {
    "acid_water": (
        "pH is below, conductivity above every hour like this of the last days: not rain, not one probe.",
        "Take a sample; look at the discharge and the treatment; stop what goes into the stream.",
    ),
    "acid_water_ph": (
        "pH is lower than rain and dilution can make it.",
        "Look at the treatment and take a sample; check the pH probe in a buffer while there.",
    ),
    "neutral_drainage": (
        "Conductivity has stayed far above its last weeks for longer than salt off a road does.",
        "Sample for sulfate and metals; look for a new seep.",
    ),
    "slow_acidification": (
        "Over weeks pH has fallen and conductivity risen together, which an ageing probe does not do.",
        "Sample upstream and downstream; check the dose of the treatment, and look for seeps.",
    ),
}
