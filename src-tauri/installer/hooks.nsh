; What the bundler's own NSIS script leaves out: it unpacks over the folder of the last version and deletes nothing, so a Python
; module that a new version no longer has would stay importable. `make build` names this file to the bundler.

; Removes $INSTDIR\runtime, if it is ours. A folder with a file in use can't be renamed, so either all of it goes or none.
!macro REMOVE_RUNTIME
  ${If} ${FileExists} "$INSTDIR\runtime\stamp.json"
    ; The bundler asks this only after the hook, when it would be too late to cancel.
    !insertmacro CheckIfAppIsRunning "$INSTDIR\${MAINBINARYNAME}.exe" "${PRODUCTNAME}"
    RMDir /r "$INSTDIR\runtime.old"
    StrCpy $R9 0
    ${Do}
      ClearErrors
      Rename "$INSTDIR\runtime" "$INSTDIR\runtime.old"
      ${IfNot} ${Errors}
        ${ExitDo}
      ${EndIf}
      ; Ended with the app, the backend may still be letting go of its files: 30 times half a second.
      IntOp $R9 $R9 + 1
      ${If} $R9 >= 30
        Abort "A program still uses $INSTDIR\runtime. Close ${PRODUCTNAME}, then run this again. Nothing was changed."
      ${EndIf}
      Sleep 500
    ${Loop}
    RMDir /r "$INSTDIR\runtime.old"
  ${EndIf}
!macroend

!macro NSIS_HOOK_PREINSTALL
  !insertmacro REMOVE_RUNTIME
!macroend

; Before, not after: the uninstaller deletes stamp.json, by which the folder is known to be ours.
!macro NSIS_HOOK_PREUNINSTALL
  !insertmacro REMOVE_RUNTIME
!macroend
