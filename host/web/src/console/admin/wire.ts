/** What REST says of plugins and notifications: the answers of `/v1/plugins`, `/v1/bindings`, `/v1/targets`, … as they are. */

export type Hook = 'routing' | 'notification' | 'retry';
export const HOOKS: Hook[] = ['routing', 'notification', 'retry'];
export const CHANNELS = ['webhook', 'email', 'push'];

export interface List<T> {
  items: T[];
  next: string | null;
}

/** As much of JSON Schema as settings are drawn from. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

export interface Manifest {
  description: string;
  settings: Schema;
  reasons: Record<string, string>;
  properties: string[];
  limits: { fuel?: number; memory_bytes?: number };
  vectors: { name: string; request: unknown; expect: unknown }[];
}

export interface Release {
  digest: string;
  hook: Hook;
  name: string;
  version: string;
  size: number;
  manifest: Manifest;
  shipped: boolean;
  created_at: string;
}

export interface Inspection {
  digest: string;
  wit_version: string;
  imports: string[];
  exports: string[];
}

export interface Binding {
  id: string;
  hook: Hook;
  team?: string;
  channel?: string;
  release: string;
  settings: unknown;
}

export interface InForce {
  epoch: number;
  items: Binding[];
}

/** Without a release the binding is taken away. */
export interface Change {
  hook: Hook;
  team?: string;
  channel?: string;
  release?: string;
  settings?: unknown;
}

export interface Plan {
  epoch: number;
  before: Binding[];
  after: Binding[];
  problems: { code: string; message: string; errors?: [pointer: string, detail: string][] }[];
}

export interface Activation {
  epoch: number;
  bindings: Binding[];
  state: 'staged' | 'active' | 'retired' | 'aborted';
  reason?: string;
  by?: string;
  staged_at: string;
  activated_at?: string;
}

export interface NodeState {
  node: string;
  name?: string;
  state: 'waiting' | 'prepared' | 'refused' | 'fenced';
  proof?: string;
  fuel?: number;
  error?: string;
  at?: string;
}

export type Activated = Activation & { nodes: NodeState[] };

/** Which rung of the ladder answered. */
export type Rung = 'active' | 'last_good' | 'built_in';

export interface Reason {
  code: string;
  detail: string;
  /** What the plugin's manifest says of the code. */
  meaning?: string;
}

/** What is kept of a decision of routing. */
export interface DecisionRecord {
  id: string;
  at: string;
  epoch: number;
  rung: Rung;
  release?: string;
  plugin: string;
  version: string;
  request: { agents: unknown[] };
  decision: { action: unknown; reasons: Reason[] };
  fuel: number;
  faults?: string[];
  logs?: string[];
  assigned?: string;
}

export type Replay = { result: 'same' } | { result: 'differs'; field: string; recorded: unknown; replayed: unknown };

export interface Named {
  id: string;
  name: string;
}

export interface Target {
  id: string;
  name: string;
  channel: string;
  address: Record<string, unknown>;
  events: string[];
  ordered: boolean;
  concurrency: number;
  rate: number;
  disabled: boolean;
  version: number;
  streak: number;
  failing_since: string | null;
  rests_until?: string | null;
  secret?: string;
}

/** What can be said of a target. */
export type NewTarget = Pick<
  Target,
  'name' | 'channel' | 'address' | 'events' | 'ordered' | 'concurrency' | 'rate' | 'disabled'
>;

export interface Tested {
  sent: boolean;
  status: number;
  took_ms: number;
  answer: string;
}

export type NotificationState = 'due' | 'sent' | 'dead' | 'dropped';

export interface Notification {
  id: string;
  event: string;
  kind: string;
  conversation?: string;
  target: string;
  dedupe: string;
  content_type: string;
  body: string;
  made_at: string;
  state: NotificationState;
  due_at?: string;
  attempts: number;
  cause?: string;
}

export type Verdict = { again_in: number } | { dead_letter: string } | { drop: string };

export interface Attempt {
  number: number;
  at: string;
  took_ms: number;
  fault?: string;
  status: number;
  answer: string;
  judged?: { verdict: Verdict; plugin: string; version: string; fuel: number; rung: string; logs?: string[] };
  next_due?: string;
}

export type Whole = Notification & { tried: Attempt[] };
