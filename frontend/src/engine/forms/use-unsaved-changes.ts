import { useEffect } from "react"

/** Calls `onUnsaved` with whether the form has unsaved changes; with false while it submits and when it unmounts. */
export function useUnsavedChanges(
  onUnsaved: ((unsaved: boolean) => void) | undefined,
  { isDirty, isSubmitting }: { isDirty: boolean; isSubmitting: boolean },
): void {
  useEffect(() => {
    onUnsaved?.(isDirty && !isSubmitting)
    return () => onUnsaved?.(false)
  }, [onUnsaved, isDirty, isSubmitting])
}
