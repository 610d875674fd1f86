// The files that the embedded drive puts into a new account, as releases 30 to 32 of the real one do. Written down here once more:
// what the adapter believes must not be what its test tells it.

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "": "Nextcloud Manual.pdf|Nextcloud intro.mp4|Nextcloud.png|Readme.md|Reasons to use Nextcloud.pdf|Templates credits.md".split(
    "|",
  ),
  "Documents/": "Example.md|Nextcloud flyer.pdf|Readme.md|Welcome to Nextcloud Hub.docx".split("|"),
  "Photos/":
    "Birdie.jpg|Frog.jpg|Gorilla.jpg|Library.jpg|Nextcloud community.jpg|Readme.md|Steps.jpg|Toucan.jpg|Vineyard.jpg".split(
      "|",
    ),
  "Templates/": (
    "Brainstorming.whiteboard|Business model canvas.odg|Business model canvas.ods|Business model canvas.whiteboard|Calendar.odt|" +
    "Certificate.odt|Checklist.ods|Diagram & table.ods|Ecosystem.odp|Elegant.odp|Expense report.ods|Flowchart.odg|" +
    "Flowchart.whiteboard|Gotong royong.odp|Impact effort.whiteboard|Invoice.ods|Invoice.odt|Kanban board.whiteboard|Letter.odt|" +
    "Meeting agenda.whiteboard|Meeting notes.md|Menu.odt|Mind map.whiteboard|Mindmap.odg|Modern company.odp|Mother's day.odt|" +
    "Nostalgia.odp|Onboarding.odp|Org chart.odg|Party invitation.odt|Photo book.odt|Pitch deck.odp|Product plan.md|Readme.md|" +
    "Report.odt|Resume.odt|Security.odp|Simple.odp|Sticky notes.whiteboard|Syllabus.odt|Timeline.whiteboard|Timesheet.ods|" +
    "Triangle.odp|Venn diagram.whiteboard|Yellow idea.odp"
  ).split("|"),
};

/** Folders with a slash at the end, then the files. */
export const SKELETON: readonly string[] = [
  ...Object.keys(NAMES).filter(Boolean),
  ...Object.entries(NAMES).flatMap(([folder, names]) => names.map((name) => folder + name)),
];
