import type { TemplateResult } from 'lit';
import { Page } from './page.ts';
import { emptyState } from './parts.ts';

/** An address that is no page of the administration, or none for this person. */
export class NotHere extends Page {
  readonly title = this.at.words.administration;

  protected load(): Promise<void> {
    return Promise.resolve();
  }

  render(): TemplateResult {
    return emptyState(this.at.words.notHere, this.at.words.notHereHint);
  }
}
