import { html, nothing, type TemplateResult } from 'lit';
import type { ConsoleWords } from './words.ts';

export interface SignInForm {
  busy: boolean;
  problem: string | undefined;
  tenant: string;
  email: string;
}

/** The page before there is a desk. */
export function signInPage(
  form: SignInForm,
  words: ConsoleWords,
  submit: (tenant: string, email: string, password: string) => void,
): TemplateResult {
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const field = (name: string): string => String(data.get(name) ?? '');
    submit(field('tenant').trim(), field('email').trim(), field('password'));
  };
  return html`<main class="sign-in">
    <form @submit=${onSubmit}>
      <img src="./icon.svg" alt="" width="44" height="44" />
      <h1>${words.product}</h1>
      <p class="tagline">${words.tagline}</p>
      <label>${words.tenant}<input name="tenant" required autocomplete="organization" value=${form.tenant} /></label>
      <label
        >${words.email}<input name="email" type="email" required autocomplete="username" value=${form.email}
      /></label>
      <label>${words.password}<input name="password" type="password" required autocomplete="current-password" /></label>
      <div role="alert" class="problem">${form.problem ?? nothing}</div>
      <button class="primary" ?disabled=${form.busy}>${form.busy ? words.signingIn : words.signIn}</button>
    </form>
  </main>`;
}
