// The errors of this application: its users, projects and providers. docs/errors.md has one row for each code, the engine's among them;
// a test holds both against each other and against the SQL that raises them.
import { defineErrors, type ErrorDefinition } from "steward/errors";

const ERRORS = {
  // ST2xx: users, tenants and input
  ST201: {
    sentence: "The username is taken.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST202: {
    sentence: "The e-mail address belongs to another user.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST203: {
    sentence: "The username must have 1 to 100 characters, without spaces at its ends.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST204: {
    sentence: "This is not an e-mail address.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST205: {
    sentence: "The display name must have at most 200 characters.",
    next: "Shorten it.",
    retry: "never",
    http: 400,
  },
  ST207: {
    sentence: "There is no such user.",
    next: "Check the id.",
    retry: "never",
    http: 404,
  },
  ST209: {
    sentence: "waitMs is out of range.",
    next: "Choose a number within the range that the message names.",
    retry: "never",
    http: 400,
  },
  ST210: {
    sentence: "Too many ids at once.",
    next: "Send fewer at a time.",
    retry: "never",
    http: 400,
  },
  ST211: {
    sentence: "The tenant's name must have 1 to 200 characters.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST212: {
    sentence: "The tenant's name is taken.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST214: {
    sentence: "The application keeps the user.",
    next: "Nothing was deleted. If the message names a table, its rows go first; otherwise ask whoever runs the application: a trigger refuses.",
    retry: "never",
    http: 409,
  },
  ST216: {
    sentence: "The table cannot be truncated: rows of it stay when all are deleted.",
    next: "Delete rows instead. To have a clean start, truncate users and projects, which takes the others along.",
    retry: "never",
    http: 409,
  },
  ST217: {
    sentence:
      "More than a tenth of all users, or of all projects, was deleted within a minute; what they have at the providers is kept until somebody says that this was meant.",
    next: "If it was: select app_public.approve_removals(). If not, bring them back with their ids: all is still there.",
    retry: "never",
  },
  ST218: {
    sentence:
      "More than a tenth of what was looked at within an hour is gone at the provider; nothing is made again until somebody says that it shall be.",
    next: "Look whether the provider is the right one, and whole. If it is: npm run resync -- --provider NAME --remake (or --lost). If not, put it right and do the looks again: select * from steward.retry(code => 'ST218').",
    retry: "never",
  },
  ST220: {
    sentence: "A sample document has no template.",
    next: "Put its text into app_private.document_templates; it is tried again by itself, or retry the run.",
    retry: "later",
  },
  ST221: {
    sentence: "The token's subject must have 1 to 255 characters.",
    next: "Correct the identity provider's mapping of sub.",
    retry: "never",
    http: 401,
  },

  // ST3xx: projects and their members
  ST301: {
    sentence: "There is no such cloud provider.",
    next: "Name one of the providers that Steward is configured for.",
    retry: "never",
    http: 400,
  },
  ST302: {
    sentence: "There is no such region.",
    next: "Name one of the regions that Steward is configured for, or none for the default.",
    retry: "never",
    http: 400,
  },
  ST303: {
    sentence: "There is no such tenant.",
    next: "Check the id; a user can only name a tenant they belong to.",
    retry: "never",
    http: 404,
  },
  ST304: {
    sentence: "There is a project of this name already, in its tenant or among your own outside of tenants.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST305: {
    sentence: "The project's name must have 1 to 200 characters, without spaces at its ends.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST306: {
    sentence: "The description must have at most 2000 characters.",
    next: "Shorten it.",
    retry: "never",
    http: 400,
  },
  ST307: {
    sentence: "Too many members at once.",
    next: "Send at most 10,000; add the others with addProjectMembers.",
    retry: "never",
    http: 400,
  },
  ST308: {
    sentence: "Some of the members do not exist.",
    next: "Check the ids that the message names.",
    retry: "never",
    http: 404,
  },
  ST309: {
    sentence: "There is no such project.",
    next: "Check the id.",
    retry: "never",
    http: 404,
  },
  ST310: {
    sentence: "The project is not in a state for this.",
    next: "Look at its status, and wait for what is under way.",
    retry: "never",
    http: 409,
  },
  ST311: {
    sentence: "There is no credential to show.",
    next: "It is shown once, in a project with rotateOnLink. Have the member removed and added again for a new one.",
    retry: "never",
    http: 404,
  },
  ST312: {
    sentence: "This user is a member as admin, creator or user of the tenant.",
    next: "Change that instead: what is derived cannot be removed from the project alone.",
    retry: "never",
    http: 409,
  },
  ST313: {
    sentence: "This would leave the project without an owner.",
    next: "Make another member an owner first, or delete the project.",
    retry: "never",
    http: 409,
  },
  ST314: {
    sentence: "The application keeps the project.",
    next: "Nothing was deleted. If the message names a table, its rows go first; otherwise ask whoever runs the application: a trigger refuses.",
    retry: "never",
    http: 409,
  },

  // ST5xx: the drive provider
  ST501: {
    sentence: "The drive provider cannot be reached.",
    next: "Nothing: it is tried again by itself. If it lasts, check NEXTCLOUD_URL or SCIM_URL, and the drive.",
    retry: "wait",
  },
  ST502: {
    sentence: "The drive provider asks us to slow down.",
    next: "Nothing: it is tried again by itself, after some minutes.",
    retry: "wait",
  },
  ST503: {
    sentence: "The drive provider is in maintenance or overloaded.",
    next: "Nothing: it is tried again by itself.",
    retry: "wait",
  },
  ST504: {
    sentence: "The drive provider did not answer in time.",
    next: "Nothing: it is looked up what was done, and tried again by itself.",
    retry: "wait",
  },
  ST505: {
    sentence: "The drive provider gave an answer that does not fit.",
    next: "It is tried again by itself; if it keeps happening, look in the worker's log for this step's id.",
    retry: "later",
  },
  ST506: {
    sentence: "The drive provider refused our administrator login.",
    next: "Correct NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD, or SCIM_TOKEN, and restart the workers; then it goes on by itself within five minutes.",
    retry: "refused",
  },
  ST507: {
    sentence: "The drive provider refused the account's own login.",
    next: "Its password was changed at the drive. The drive's example files there can be removed by hand; nothing else waits for it.",
    retry: "never",
  },
  ST508: {
    sentence: "The drive account is disabled.",
    next: "Somebody disabled it at the drive, and Steward leaves it so. Enable it there, then retry the run.",
    retry: "never",
  },
  ST509: {
    sentence: "The drive provider does not accept the account's data.",
    next: "Look in the worker's log for the drive's own words, correct the data, then retry the run.",
    retry: "never",
  },
  ST510: {
    sentence: "The drive account is gone.",
    next: "Somebody removed it at the drive. An administrator can have it made again, empty: npm run resync -- --user ID --remake.",
    retry: "never",
  },
  ST511: {
    sentence: "Some files of the drive account stay locked.",
    next: "It is tried again by itself.",
    retry: "later",
  },
  ST512: {
    sentence: "Somebody signed in to the drive account after its user was deleted.",
    next: "See who still uses it. To remove it with its files: select app_public.approve_removals(array['RUN'::uuid]).",
    retry: "never",
  },
  ST513: {
    sentence: "The drive provider does not allow our administrator to do this.",
    next: "Make the user in NEXTCLOUD_ADMIN_USER an administrator of the drive, or give SCIM_TOKEN the right to manage users, then retry the run.",
    retry: "never",
  },
  ST514: {
    sentence: "The drive provider takes no more changes of accounts for now.",
    next: "Nothing: it goes on by itself where it stopped. NEXTCLOUD_EDITS says how many changes a worker makes.",
    retry: "defer",
  },
  ST515: {
    sentence: "The drive account's name or address belongs to an account that is not ours.",
    next: "Change or remove that account at the drive, or take its externalId away to have it adopted, then retry the run.",
    retry: "never",
  },
  ST516: {
    sentence:
      "The drive provider refused the logins of several accounts; the next ones wait, for it would lock out all of ours.",
    next: "Look at the runs that failed with ST507: their passwords were changed at the drive. The others go on by themselves within half an hour.",
    retry: "defer",
  },

  // ST6xx: the cloud provider
  ST601: {
    sentence: "The cloud provider cannot be reached.",
    next: "Nothing: it is tried again by itself. If it lasts, check the cloud and its address (OS_AUTH_URL, or url in CLOUDS_FILE).",
    retry: "wait",
  },
  ST602: {
    sentence: "The cloud provider asks us to slow down.",
    next: "Nothing: it is tried again by itself.",
    retry: "wait",
  },
  ST603: {
    sentence: "The cloud provider is in maintenance or overloaded.",
    next: "Nothing: it is tried again by itself.",
    retry: "wait",
  },
  ST604: {
    sentence: "The cloud provider did not answer in time.",
    next: "Nothing: it is looked up what was done, and tried again by itself.",
    retry: "wait",
  },
  ST605: {
    sentence: "The cloud provider gave an answer that does not fit.",
    next: "It is tried again by itself; if it keeps happening, look in the worker's log for this step's id.",
    retry: "later",
  },
  ST606: {
    sentence: "The cloud provider refused our administrator login.",
    next: "Correct that cloud's user name, password and project (OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME, or its entry in CLOUDS_FILE) and restart the workers; then it goes on by itself.",
    retry: "refused",
  },
  ST607: {
    sentence: "The cloud provider does not recognise our session, although the login was accepted.",
    next: "See whether that cloud's project is enabled and its address right (OS_PROJECT_NAME and OS_AUTH_URL, or its entry in CLOUDS_FILE); then it goes on by itself.",
    retry: "wait",
  },
  ST608: {
    sentence: "The cloud provider does not allow our administrator to do this.",
    next: "Give the user that we sign in as the admin role on the project that we sign in to (OS_USERNAME and OS_PROJECT_NAME, or that cloud's entry in CLOUDS_FILE), then retry the run.",
    retry: "never",
  },
  ST609: {
    sentence: "The cloud provider refuses a user's name.",
    next: "Correct the user's name, then retry the run.",
    retry: "never",
  },
  ST610: {
    sentence: "A user's name is taken at the cloud provider by an account that is not ours.",
    next: "Change the user's name, or rename the account at the cloud provider, then retry the run.",
    retry: "never",
  },
  ST611: {
    sentence: "The cloud provider refuses the project.",
    next: "Look in the worker's log for the provider's own words, correct the project, then retry the run.",
    retry: "never",
  },
  ST612: {
    sentence: "The project's name at the cloud provider belongs to a project that is not ours.",
    next: "Rename or remove that project at the cloud provider, then retry the run.",
    retry: "never",
  },
  ST613: {
    sentence: "The project no longer exists at the cloud provider.",
    next: "Somebody removed it there. An administrator can have it made again with all its members: npm run resync -- --project ID --remake.",
    retry: "never",
  },
  ST614: {
    sentence: "The user no longer exists at the cloud provider.",
    next: "It is tried again by itself, and the account made again.",
    retry: "later",
  },
  ST615: {
    sentence: "The cloud provider has none of the roles that we are to give.",
    next: "Make the role there, or correct the mapping of roles; it is tried again by itself.",
    retry: "later",
  },
  ST616: {
    sentence: "The credential that was to be kept no longer exists at the cloud provider.",
    next: "It is tried again by itself, with a new credential.",
    retry: "later",
  },
  ST617: {
    sentence: "This worker knows no such cloud provider or region.",
    next: "Add it to CLOUDS_FILE and restart the workers: the step waits for that. If it is a mistake, delete the project.",
    retry: "defer",
  },
  ST618: {
    sentence: "The user's account is disabled at the cloud provider.",
    next: "Somebody disabled it there, and Steward leaves it so. Enable it there, then retry the run.",
    retry: "never",
  },
  ST619: {
    sentence: "What is there at the cloud provider was made by another database of Steward, or its mark is gone.",
    next: "See docs/operate.md, copies, and when a provider was changed by hand: give it back its mark, and retry. To remove it all the same: select app_public.approve_removals(array['RUN'::uuid]).",
    retry: "never",
  },
  ST630: {
    sentence: "Steward is not set up to do this at this cloud provider.",
    next: "Do it there by hand, or allow it in the provider's settings (docs/providers/zcompute.md); then retry the run.",
    retry: "never",
  },
  ST631: {
    sentence: "The cloud provider wants one role for a user in all projects, and the user has another one elsewhere.",
    next: "Give the user the same role in all projects at this provider, or map our roles to one of its; then retry the run.",
    retry: "never",
  },

  ST803: {
    sentence: "A stored secret cannot be opened with this encryption key.",
    next: "Start with the ENCRYPTION_KEY (or .data/encryption.key) that the secret was stored with.",
    retry: "never",
  },
} as const satisfies Record<string, ErrorDefinition>;

export type AppErrorCode = keyof typeof ERRORS;

/** An error that this application declares. The constraints are those that input can break. */
export const AppError = defineErrors(ERRORS, {
  users_username_key: ["ST201", "username"],
  users_username_folded_key: ["ST201", "username"],
  users_email_key: ["ST202", "email"],
  users_email_folded_key: ["ST202", "email"],
  users_username_check: ["ST203", "username"],
  users_email_check: ["ST204", "email"],
  users_display_name_check: ["ST205", "displayName"],
  users_external_subject_key: ["ST201", "externalSubject"],
  tenants_name_check: ["ST211", "name"],
  tenants_name_key: ["ST212", "name"],
  tenant_members_user_id_fkey: ["ST207", "userIds"],
  tenant_members_tenant_id_fkey: ["ST303", "tenantId"],
  projects_tenant_id_fkey: ["ST303", "tenantId"],
  projects_tenant_id_name_key: ["ST304", "name"],
  projects_created_by_name_key: ["ST304", "name"],
  projects_name_check: ["ST305", "name"],
  projects_description_check: ["ST306", "description"],
  project_members_user_id_fkey: ["ST308", "memberIds"],
});
