"""The one exception by which the domain says no: a sentence a person can read, with the remedy."""


class Refused(Exception):
    """Something may not happen now; `str()` is the sentence shown on buttons, in forms and in the API's answer."""

    def __init__(self, sentence, *, code="refused", remedy=""):
        self.sentence = sentence
        self.code = code
        self.remedy = remedy
        super().__init__(sentence)

    def __str__(self):
        return f"{self.sentence}{self.remedy}" if self.remedy else str(self.sentence)
