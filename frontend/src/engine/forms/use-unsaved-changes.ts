import { useEffect } from "react"

/** Tells `onUnsaved` whether closing a form now would lose something typed; a form that is gone loses nothing. */
export function useUnsavedChanges(
  onUnsaved: ((unsaved: boolean) => void) | undefined,
  { isDirty, isSubmitting }: { isDirty: boolean; isSubmitting: boolean },
): void {
  useEffect(() => {
    onUnsaved?.(isDirty && !isSubmitting)
    return () => onUnsaved?.(false)
  }, [onUnsaved, isDirty, isSubmitting])
}
