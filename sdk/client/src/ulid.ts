const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const BASE = ALPHABET.length;

/** Makes ULIDs that grow strictly within one page, so that their order is the order of sending. */
export class UlidSource {
  private time = 0;
  private digits: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  next(): string {
    const now = this.now();
    if (now > this.time) {
      this.time = now;
      this.digits = randomDigits();
    } else {
      this.increment();
    }
    return encodeTime(this.time) + this.digits.map((digit) => ALPHABET[digit]).join('');
  }

  private increment(): void {
    for (let i = RANDOM_DIGITS - 1; i >= 0; i--) {
      const digit = (this.digits[i] ?? 0) + 1;
      this.digits[i] = digit % BASE;
      if (digit < BASE) return;
    }
    this.time += 1;
    this.digits = randomDigits();
  }
}

function randomDigits(): number[] {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_DIGITS));
  return Array.from(bytes, (byte) => byte % BASE);
}

function encodeTime(time: number): string {
  let text = '';
  for (let i = 0, rest = time; i < TIME_DIGITS; i++, rest = Math.floor(rest / BASE)) {
    text = (ALPHABET[rest % BASE] ?? '0') + text;
  }
  return text;
}
