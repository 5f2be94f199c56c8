/** Forms: fields with their labels, and what the service has against their values beside them. */

import { isProblem, type ProblemName } from '@admin-metrics/client';
import { Field as BaseField } from '@base-ui/react/field';
import { Form as BaseForm } from '@base-ui/react/form';
import {
  type ComponentProps,
  type ReactElement,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { useTranslations } from 'use-intl';

import { ProblemNote, useFieldErrors } from './problem';
import styles from './form.module.css';

export interface FormProps {
  onSubmit: (values: Record<string, string>) => void;
  /** What the last attempt failed with: what it says of a field stands there, all else above the fields. */
  error?: unknown;
  /** What the page itself has against values, by the fields' names. */
  ownErrors?: Record<string, string>;
  children: ReactNode;
}

/** A form. Its values come as texts by name; an empty field is an empty text. */
export function Form({ onSubmit, error, ownErrors, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const told = useFieldErrors()(error);
  const all = JSON.stringify({ ...told, ...ownErrors });
  // What was put right stays so while the page around changes; what the next attempt fails with is told again.
  const errors = useMemo(
    () => (all === '{}' ? NO_ERRORS : (JSON.parse(all) as Record<string, string>)),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- each attempt has errors of its own
    [all, error, ownErrors],
  );
  const [past, setPast] = useState(NO_ERRORS);
  // Whoever is told that something is wrong goes on where it is.
  useEffect(() => {
    const names = Object.keys(JSON.parse(all) as object);
    const controls = [...(form.current?.elements ?? [])];
    const wrong = controls.find((control) => names.includes(control.getAttribute('name') ?? ''));
    if (wrong instanceof HTMLElement) wrong.focus();
  }, [all, error]);
  return (
    <BaseForm<Record<string, string>>
      ref={form}
      className={styles['form']}
      errors={errors === past ? NO_ERRORS : errors}
      noValidate
      // An error may be put right in another field than it stands at: none keeps anybody from trying again.
      onSubmitCapture={() => flushSync(() => setPast(errors))}
      onFormSubmit={(_, { event }) => {
        const data = new FormData(event.target as HTMLFormElement);
        onSubmit(
          Object.fromEntries(
            [...data].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
          ),
        );
      }}
    >
      {error !== undefined && error !== null && !isToldAtFields(error, told) && <ProblemNote error={error} />}
      {children}
    </BaseForm>
  );
}

const NO_ERRORS: Record<string, string> = {};

/** Problems of which all is said where their fields are. */
const OF_FIELDS = [
  'invalid-fields',
  'duplicate-email',
  'unknown-parent',
] as const satisfies readonly ProblemName[];

function isToldAtFields(error: unknown, told: Record<string, string>): boolean {
  return isProblem(error, ...OF_FIELDS) && Object.keys(told).length > 0;
}

export interface FieldProps {
  /** As the service calls it. */
  name: string;
  label: ReactNode;
  hint?: ReactNode;
}

/** A label, a control, a hint and an error, tied together for who cannot see them. */
export function Field({ name, label, hint, control }: FieldProps & { control: ReactElement }) {
  return (
    <BaseField.Root name={name} className={styles['field']}>
      <BaseField.Label className={styles['label']}>{label}</BaseField.Label>
      {control}
      {hint !== undefined && <BaseField.Description className={styles['hint']}>{hint}</BaseField.Description>}
      <BaseField.Validity>{({ validity }) => <FieldNote validity={validity} />}</BaseField.Validity>
    </BaseField.Root>
  );
}

/** What is wrong with a field: in the page's words what the browser found, in the service's what the service did. */
function FieldNote({ validity }: { validity: Omit<ValidityState, 'valid'> }) {
  const t = useTranslations('fieldErrors');
  const found = faultOf(validity);
  return found ? (
    <BaseField.Error className={styles['error']}>{t(found)}</BaseField.Error>
  ) : (
    <BaseField.Error className={styles['error']} />
  );
}

function faultOf(validity: Omit<ValidityState, 'valid'>) {
  if (validity.valueMissing) return 'required';
  if (validity.typeMismatch || validity.patternMismatch || validity.badInput) return 'format';
  if (validity.tooShort || validity.tooLong) return 'length';
  if (validity.rangeUnderflow || validity.rangeOverflow || validity.stepMismatch) return 'range';
  return undefined;
}

export type TextFieldProps = FieldProps &
  Omit<ComponentProps<'input'>, 'name' | 'onChange' | 'value' | 'defaultValue'> & { defaultValue?: string };

/** A line of text; `type` says of what kind. */
export function TextField({ name, label, hint, ...input }: TextFieldProps) {
  return (
    <Field
      name={name}
      label={label}
      hint={hint}
      control={<BaseField.Control className={styles['control']} {...input} />}
    />
  );
}

/** Several lines of text. */
export function TextAreaField({
  name,
  label,
  hint,
  rows = 4,
  defaultValue,
  required,
}: FieldProps & { rows?: number; defaultValue?: string; required?: boolean }) {
  return (
    <Field
      name={name}
      label={label}
      hint={hint}
      control={
        <BaseField.Control
          render={<textarea rows={rows} />}
          className={styles['control']}
          {...(defaultValue !== undefined && { defaultValue })}
          required={required ?? false}
        />
      }
    />
  );
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

/** One of several. */
export function SelectField({
  name,
  label,
  hint,
  options,
  defaultValue,
  required,
  onChange,
}: FieldProps & {
  options: readonly Option[];
  defaultValue?: string;
  required?: boolean;
  /** Hears what is chosen, where something else depends on it. */
  onChange?: (value: string) => void;
}) {
  return (
    <Field
      name={name}
      label={label}
      hint={hint}
      control={
        <BaseField.Control
          render={<select>{options.map((option) => optionOf(option))}</select>}
          className={styles['control']}
          {...(defaultValue !== undefined && { defaultValue })}
          required={required ?? false}
          {...(onChange && { onValueChange: (value: unknown) => onChange(String(value)) })}
        />
      }
    />
  );
}

export interface SelectProps extends Omit<ComponentProps<'select'>, 'onChange' | 'children'> {
  /** For who cannot see what stands around it. */
  label: string;
  options: readonly Option[];
  onChange: (value: string) => void;
}

/** One of several, outside a form: it takes effect at once. */
export function Select({ label, options, onChange, ...select }: SelectProps) {
  return (
    <select
      {...select}
      aria-label={label}
      className={styles['control']}
      onChange={(event) => onChange(event.target.value)}
    >
      {options.map((option) => optionOf(option))}
    </select>
  );
}

/** The class of a control that stands alone. */
export const controlClass = styles['control'];

function optionOf({ value, label, disabled }: Option) {
  return (
    <option key={value} value={value} disabled={disabled}>
      {label}
    </option>
  );
}
