import { Ellipsis } from 'lucide-react';
import { IconButton } from './Button';

interface RowMenuButtonProps {
  /** What the menu is of. */
  name: string;
  onMenu: (x: number, y: number) => void;
  className?: string | undefined;
}

/** The ⋯ at the end of a line. */
export function RowMenuButton({ name, onMenu, className }: RowMenuButtonProps) {
  return (
    <IconButton
      icon={Ellipsis}
      label={`Actions for ${name}`}
      aria-haspopup="menu"
      className={className}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onMenu(box.left, box.bottom);
      }}
    />
  );
}
