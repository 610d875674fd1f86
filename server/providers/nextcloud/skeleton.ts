// Which files the drive puts into a new account by itself, and which of those found in an account are still just that.
// Nothing is taken for the drive's own unless everything speaks for it: docs/decisions/skeleton-files.md says why.

/** What a listing says of a file or folder directly in a folder. */
export interface Entry {
  /** From the account's home, such as `Documents/Readme.md`. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Seconds since 1970, by the drive's clock. */
  readonly modified: number;
  /** Whether a client ever wrote it; what the drive copies in by itself was not. */
  readonly uploaded: boolean;
  /** Shared with the account, or mounted into it: somebody else's. */
  readonly foreign: boolean;
}

/** Something to delete, and how many files go with it. */
export interface Target {
  readonly path: string;
  readonly files: number;
}

const IN_FOLDERS: Record<string, readonly string[]> = {
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

/** The 64 files in 3 folders that releases 30 to 32 bring along. */
export const RELEASE_SKELETON: readonly string[] = Object.entries(IN_FOLDERS).flatMap(([folder, names]) =>
  names.map((name) => folder + name),
);

/** The skeleton's files are written within seconds of each other; what was modified longer after the one before it is not one of them. */
const BURST_GAP_S = 30;

/** The folders that a list of skeleton files needs (`Documents`, and so on), outer ones before inner ones. */
export function skeletonFolders(files: readonly string[]): Set<string> {
  const folders = files.flatMap((file) => {
    const parts = file.split("/");
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  return new Set(folders.sort());
}

/** True for a file that has a skeleton file's name and that no client wrote. */
function isUntouched(entry: Entry, known: ReadonlySet<string>): boolean {
  return !entry.isFolder && !entry.uploaded && !entry.foreign && known.has(entry.path);
}

function endOfBurst(times: readonly number[]): number {
  let end = Number.POSITIVE_INFINITY;
  for (const time of [...times].sort((a, b) => a - b)) {
    if (time - end > BURST_GAP_S) break;
    end = time;
  }
  return end;
}

/**
 * What of the listed entries to delete. A folder is deleted as a whole when it is the skeleton's and holds nothing else;
 * otherwise the skeleton's files in it one by one. `entries`: the home and every skeleton folder, listed.
 */
export function chooseTargets(entries: readonly Entry[], files: readonly string[]): Target[] {
  const known = new Set(files);
  const folders = skeletonFolders(files);
  const candidates = entries.filter((entry) => isUntouched(entry, known));
  const end = endOfBurst(candidates.map((entry) => entry.modified));
  const chosen = new Set(candidates.filter((entry) => entry.modified <= end));

  function targetsIn(folder: string): Target[] {
    return childrenOf(entries, folder).flatMap((entry) => {
      if (chosen.has(entry)) return [{ path: entry.path, files: 1 }];
      if (!entry.isFolder || entry.foreign || !folders.has(entry.path)) return [];
      const inside = targetsIn(entry.path);
      const whole = childrenOf(entries, entry.path).every((child) => inside.some(({ path }) => path === child.path));
      return whole ? [{ path: entry.path, files: countFiles(inside) }] : inside;
    });
  }
  return targetsIn("");
}

function childrenOf(entries: readonly Entry[], folder: string): Entry[] {
  return entries.filter((entry) => entry.path.slice(0, Math.max(entry.path.lastIndexOf("/"), 0)) === folder);
}

/** How many files the targets are together. */
export function countFiles(targets: readonly Target[]): number {
  return targets.reduce((sum, target) => sum + target.files, 0);
}
