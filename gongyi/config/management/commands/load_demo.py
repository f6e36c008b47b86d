"""Fill this site with the demo, once; a second call finds it there and does nothing."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gongyi.config.demo import load


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError(
                "Demo data is only for demo sites: start with GONGYI_DEMO=1 and a data directory of its own."
            )
        if load.is_loaded():
            self.stdout.write("演示数据已在。")
            return
        if load.is_somebodys():
            raise CommandError(
                "This database holds a real site; the demo goes only into an empty one. "
                "Start with GONGYI_DEMO=0, or choose another GONGYI_DATA_DIR for the demo."
            )
        load.load(lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write("演示数据已载入。")
