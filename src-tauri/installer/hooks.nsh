; NSIS hooks that remove the previous version's runtime. The bundler's script unpacks into the existing folder and deletes nothing,
; so Python modules that a new version has removed would stay importable. See `installerHooks` in tauri.conf.json.

; Removes $INSTDIR\runtime if it contains stamp.json. Renames it first: the rename fails if a file is in use, so either all files
; are removed or none.
!macro REMOVE_RUNTIME
  ${If} ${FileExists} "$INSTDIR\runtime\stamp.json"
    ; The bundler's script makes this check after the hook. A user who cancels there would keep an app without a
    ; runtime.
    !insertmacro CheckIfAppIsRunning "$INSTDIR\${MAINBINARYNAME}.exe" "${PRODUCTNAME}"
    RMDir /r "$INSTDIR\runtime.old"
    StrCpy $R9 0
    ${Do}
      ClearErrors
      Rename "$INSTDIR\runtime" "$INSTDIR\runtime.old"
      ${IfNot} ${Errors}
        ${ExitDo}
      ${EndIf}
      ; The backend may still be closing its files after the app's exit: retry 30 times, every 500 ms.
      IntOp $R9 $R9 + 1
      ${If} $R9 >= 30
        Abort "A program is using $INSTDIR\runtime. Close ${PRODUCTNAME}, then run the installer again. Nothing was changed."
      ${EndIf}
      Sleep 500
    ${Loop}
    RMDir /r "$INSTDIR\runtime.old"
  ${EndIf}
!macroend

!macro NSIS_HOOK_PREINSTALL
  !insertmacro REMOVE_RUNTIME
!macroend

; Before the uninstallation, which deletes stamp.json.
!macro NSIS_HOOK_PREUNINSTALL
  !insertmacro REMOVE_RUNTIME
!macroend
