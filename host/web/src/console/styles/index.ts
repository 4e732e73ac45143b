import { list, pane, why } from './chat.ts';
import { controls, signIn } from './controls.ts';
import { frame, narrow } from './frame.ts';

/** In this order: `narrow` overrides the others. */
export const styles = [signIn, controls, frame, list, pane, why, narrow];
