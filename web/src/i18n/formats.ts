/** How numbers and times are written, by name: `format.number(value, 'percent')`. */

import type { Formats } from 'use-intl';

export const formats = {
  number: {
    integer: { maximumFractionDigits: 0 },
    /** A rate, which is a fraction. */
    percent: { style: 'percent', maximumFractionDigits: 1 },
    /** A change of a rate. */
    signedPercent: { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' },
    average: { maximumFractionDigits: 2 },
    compact: { notation: 'compact', maximumFractionDigits: 1 },
  },
  dateTime: {
    /** 23 Nov 2026 */
    day: { day: 'numeric', month: 'short', year: 'numeric' },
    /** 23 Nov */
    dayOfYear: { day: 'numeric', month: 'short' },
    /** Nov 2026 */
    month: { month: 'short', year: 'numeric' },
    /** 23 Nov 2026, 14:05 */
    minute: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    /** 14:05 */
    hourAndMinute: { hour: '2-digit', minute: '2-digit' },
    /** 14:05:09 */
    time: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  },
} satisfies Formats;
