import { Check, Search } from 'lucide-react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { SearchField } from 'react-aria-components/SearchField';
import { Text } from 'react-aria-components/Text';
import type { LocalImage } from '../../../src-main/http/schemas/desktop';
import { formatBytes } from '../../model/format-size';
import styles from './ImagePicker.module.css';

interface ImagePickerProps {
  images: readonly LocalImage[];
  value: string | undefined;
  onChange: (name: string) => void;
}

/** Local images with a search; typing narrows, arrows move, Enter chooses. */
export function ImagePicker({ images, value, onChange }: ImagePickerProps) {
  return (
    <div className={styles.picker}>
      <Autocomplete filter={(text, input) => text.toLowerCase().includes(input.toLowerCase())}>
        <SearchField
          className={styles.search ?? ''}
          // eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog moves the focus by its nature
          autoFocus
        >
          <Label className={styles.label ?? ''}>Image</Label>
          <div className={styles.box}>
            <Search size={14} aria-hidden className={styles.icon} />
            {/* The keyboard stays here and moves through the list below, which is open all the time. */}
            <Input
              role="combobox"
              aria-expanded
              className={styles.input ?? ''}
              placeholder="Search local images"
            />
          </div>
        </SearchField>
        <ListBox
          aria-label="Local images"
          className={styles.list ?? ''}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={value === undefined ? [] : [value]}
          onSelectionChange={(keys) => {
            const [key] = keys === 'all' ? [] : keys;
            if (key !== undefined) onChange(String(key));
          }}
          renderEmptyState={() => <p className={styles.none}>No local image has this name. Pull it below.</p>}
        >
          {images.map((image) => (
            <ListBoxItem
              key={image.name}
              id={image.name}
              textValue={image.name}
              className={styles.item ?? ''}
            >
              <Check size={14} aria-hidden className={styles.check} />
              <Text slot="label" className={styles.name ?? ''}>
                {image.name}
              </Text>
              <span className={styles.size}>{formatBytes(image.sizeBytes)}</span>
            </ListBoxItem>
          ))}
        </ListBox>
      </Autocomplete>
    </div>
  );
}
