import { decisions } from './decisions.ts';
import { dryRun } from './dry-run.ts';
import { form } from './form.ts';
import { frame } from './frame.ts';
import { lab } from './lab.ts';
import { notifications } from './notifications.ts';
import { plugins } from './plugins.ts';

const en = {
  ...frame.en,
  plugins: plugins.en,
  form: form.en,
  decisions: decisions.en,
  dryRun: dryRun.en,
  notifications: notifications.en,
  lab: lab.en,
};

/** What the administration says. */
export type AdminWords = typeof en;

const zh: AdminWords = {
  ...frame.zh,
  plugins: plugins.zh,
  form: form.zh,
  decisions: decisions.zh,
  dryRun: dryRun.zh,
  notifications: notifications.zh,
  lab: lab.zh,
};

export const words = { en, zh };
