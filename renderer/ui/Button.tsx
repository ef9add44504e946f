import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './icons.ts';
import { Kbd } from './Kbd.tsx';
import { Tooltip } from './Tooltip.tsx';

interface Common extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled' | 'title'> {
  /** Why it cannot be used now. It keeps its place in the focus order and says the reason. */
  disabledBecause?: string | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
}

export interface ButtonProps extends Common {
  /** One primary a view. */
  look?: 'primary' | 'secondary' | 'ghost' | 'link';
  small?: boolean;
  icon?: IconName;
  keys?: string | undefined;
  children: ReactNode;
}

export function Button({
  look = 'secondary',
  small = false,
  icon,
  keys,
  disabledBecause,
  children,
  onClick,
  className,
  ...rest
}: ButtonProps) {
  const classes = ['btn', look !== 'secondary' && `btn--${look}`, small && 'btn--sm', className].filter(Boolean).join(' ');
  const blocked = disabledBecause !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      className={classes}
      aria-disabled={blocked || undefined}
      aria-description={disabledBecause ?? rest['aria-description']}
      onClick={blocked ? undefined : onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
      {keys !== undefined && <Kbd keys={keys} />}
    </button>
  );
  return blocked ? <Tooltip text={disabledBecause}>{button}</Tooltip> : button;
}

export interface IconButtonProps extends Common {
  icon: IconName;
  /** Its name, and what the tooltip says. */
  label: string;
  keys?: string | undefined;
  pressed?: boolean;
}

export function IconButton({ icon, label, keys, pressed, disabledBecause, onClick, className, ...rest }: IconButtonProps) {
  const blocked = disabledBecause !== undefined;
  return (
    <Tooltip text={blocked ? `${label}: ${disabledBecause}` : label} keys={keys}>
      <button
        type="button"
        {...rest}
        className={className ? `ib ${className}` : 'ib'}
        aria-label={label}
        aria-pressed={pressed}
        aria-disabled={blocked || undefined}
        aria-description={disabledBecause}
        onClick={blocked ? undefined : onClick}
      >
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}
