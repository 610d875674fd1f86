-- The texts of the sample documents, what the notebook and the agent are described by, and which resource each piece became, so that
-- a renamed one is still known. Locks nothing that anybody uses yet.

alter table app_private.onboarding_pieces
  add column description text,
  add column tags text[] not null default '{}';
comment on column app_private.onboarding_pieces.description is 'The description it is given, where its kind has one.';
comment on column app_private.onboarding_pieces.tags is 'The tags it is given, where its kind has some.';

alter table app_private.onboarding_made add column resource_id uuid;
comment on column app_private.onboarding_made.resource_id is 'The space, notebook, document or agent; no foreign key, for it may be deleted.';

update app_private.onboarding_pieces
set
  description = 'What to know on the first day: a welcome, a quick start and answers to common questions.',
  tags = '{welcome,getting-started,onboarding}'
where name = 'Getting Started';

update app_private.onboarding_pieces
set tags = '{default,personal-assistant,onboarding}'
where name = 'Personal Assistant';

insert into app_private.document_templates (title, body) values
('Welcome', $markdown$# Welcome

This is your own place to keep what you know, to ask questions about it, and to work with others.
Everything on this page is ready for you already; there is nothing that you have to set up first.

## What you have

- **A personal space.** It holds your notebooks and your agents. No other user sees into it; when an administrator reads a document, that is recorded.
- **A notebook, *Getting Started*.** You are reading one of its three documents. The other two are
  *Quick Start Guide*, five things to try in ten minutes, and *Sample FAQ*, for when a question comes up.
- **An agent, *Personal Assistant*.** It answers questions, and it may read this notebook. Ask it what is in here.
- **A drive account.** For files of any kind. It starts empty: the samples that the drive puts into new accounts are removed for you.
- **100 credits.** Your balance is shown with your account.

## How it fits together

A *document* is a text, written in Markdown. A *notebook* is a collection of documents on one subject. A *space* holds
notebooks and agents. An *agent* reads the notebooks that it was given, and nothing else, so you decide what it knows.

Your *drive* is for files as they are: spreadsheets, pictures, recordings. Notebooks are for what you want to be able to ask about.

A *project* is for working with others. Whoever starts one chooses its members; each of them is given access at the cloud
provider by itself, in the background. The project shows how far that has come.

## What is yours to change

All of it. Rename the notebook, rewrite these documents, or delete them once you know your way around. What you have
renamed or deleted stays that way: it is not brought back behind your back.

## Who can see what

1. Your notebooks are private until you share them.
2. The members of a project see that project and one another, not each other's spaces.
3. Administrators see accounts and how far setting them up has come.

## If something seems to be missing

Setting up an account takes a moment, and the drive may take a little longer than the rest. Your account page says
what is done, what is still being done, and why, if something has to wait. You need not reload or sign in again.

Have a good start. The *Quick Start Guide* is the next page to read.
$markdown$),
('Quick Start Guide', $markdown$# Quick Start Guide

Five things to try, ten minutes in all. Each stands by itself, so begin with the one that you need.

## 1. Ask your assistant (1 minute)

Open the agent *Personal Assistant* and ask: *What is a notebook for?*
It answers from the notebooks that it may read; today that is this one. An answer that is not in there it cannot give, so
the next step is to tell it more.

## 2. Write a document of your own (3 minutes)

1. Open the notebook *Getting Started*, or make a new one in your personal space.
2. Add a document and give it a title that says what is in it: *Travel rules 2026* is better than *Notes*.
3. Write it in Markdown: `#` begins a heading, `-` a list, and `**bold**` makes words stand out.
4. Ask the assistant about it.

Short documents on one subject each give better answers than one long document on everything.

## 3. Give an agent a notebook (2 minutes)

An agent reads only the notebooks that it was given. For a new subject, make a notebook, put its documents in, and give it to
the agent. Take it away again, and the agent no longer knows what is in it.

Tags, such as `getting-started`, help you find notebooks and agents again when there are many.

## 4. Put a file on your drive (2 minutes)

Your drive account is made for you shortly after you first sign in. Once your account page shows it as *active*, sign in to
the drive and upload a file. It starts empty, so whatever is in it is yours.

## 5. Start a project (2 minutes)

1. Choose a name, and the region in which it is to run if it matters to you.
2. Choose who takes part. You are its owner; participants become members.
3. Create it. It appears at once as *provisioning*, and as *active* when every member has access.

You can close the page meanwhile. Should one member's access fail, the project says whose and why; everybody else's is
kept, and a retry does only what is still to be done.

## Where next

*Sample FAQ*, in this notebook, answers what people ask most in their first week.
$markdown$),
('Sample FAQ', $markdown$# Sample FAQ

Questions that come up in the first weeks, with short answers. It is a sample, too: replace it with the FAQ of your own
team, and your assistant will answer from that instead.

## Notebooks and documents

**What is the difference between a notebook and a folder?**
A folder holds files. A notebook holds documents that agents can read and answer from.

**Which format do documents have?**
Markdown: plain text in which a few signs make headings, lists, links and emphasis. It can be read as it is.

**Who can read my notebooks?**
You, and the agents that you gave them to. A notebook is *private* unless it is marked as *shared*.

**May I delete the sample documents?**
Yes. They are marked as samples and are there to be replaced. Once deleted they do not come back.

**May I rename "Getting Started"?**
Yes. It remains the same notebook, with the same documents, and your assistant goes on reading it.

## Agents

**What can the Personal Assistant do?**
It answers questions from the notebooks that it was given. It does not change documents, and it does not read your drive.

**Why does it not know my new document?**
The document is probably in a notebook that the agent was not given. Give it the notebook and ask again.

**Which language model does it use?**
The one named with the agent. New agents get the model that your administrator has chosen.

## Drive

**Where are my files?**
In your drive account, apart from your notebooks. What you upload there stays as it is.

**Why is my drive still "pending"?**
The account is being made. When the drive is busy or down for maintenance it waits and goes on by itself; nothing is lost.

**Why is it empty? I expected sample files.**
New accounts at the drive come with samples. They are removed, so that all you find there is yours. Your own files are never touched.

## Projects

**Who is in a project?**
Its owner, who started it; the participants whom the owner chose; all administrators; and the users of the tenant it belongs to.

**My project says "provisioning". For how long?**
It shows an estimate, taken from how long recent projects took. With many members it takes longer; each gets access as soon as it is their turn.

**And if it says "failed"?**
Something could not be done even after several tries. The project says what and why. Retrying does only what is missing.

**What happens when a project is suspended?**
It is disabled at the cloud provider, and nothing in it is lost. When it is resumed, work goes on where it stopped.

## Credits and your account

**What are credits?**
What your account has to spend. You start with 100; your balance is shown with your account.

**What can I use?**
That depends on your user type. The usual one includes notebooks, documents, agents and the drive.

**What happens to my data if my account is deleted?**
Spaces, notebooks, documents and agents go at once. Labels on files, the drive account and your access to projects follow in the
background, and their progress can be seen until they are gone.

**Whom do I ask when this page does not help?**
Your administrator, who can see how far setting up your account has come and have it done again.
$markdown$);
