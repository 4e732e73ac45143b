import { forms } from './forms.ts';
import { frame, narrow } from './frame.ts';
import { shown } from './shown.ts';

/** In this order: `narrow` overrides the others. */
export const styles = [frame, shown, forms, narrow];
