import { useSuspenseQuery } from "@tanstack/react-query"
import { useEffect, useRef } from "react"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs"
import { aboutQuery, PageHeader } from "@/engine"
import { tabsFor } from "@/features/settings/tabs"
import { currentUserQuery } from "@/features/users/current-user"

interface SettingsPageProps {
  /** Id of the selected tab. A tab that the user has no access to selects the first tab. */
  tab?: string
  onTabChange: (tab: string) => void
}

export function SettingsPage({ tab, onTabChange }: SettingsPageProps) {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  const tabs = tabsFor(user, about)
  const active = tabs.find(({ id }) => id === tab) ?? tabs[0]
  const list = useRef<HTMLDivElement>(null)

  // In narrow windows the selected tab may be scrolled out of view.
  useEffect(() => {
    const trigger = list.current?.querySelector(`[data-tab="${active?.id}"]`)
    trigger?.scrollIntoView({ block: "nearest", inline: "center" })
  }, [active?.id])

  return (
    <>
      <PageHeader title="Settings" />
      <Tabs value={active?.id} onValueChange={onTabChange}>
        <TabsList ref={list} aria-label="Settings">
          {tabs.map(({ id, label }) => (
            <TabsTrigger key={id} value={id} data-tab={id}>
              {label}
            </TabsTrigger>
          ))}
        </TabsList>
        {tabs.map(({ id, component: Content }) => (
          <TabsContent key={id} value={id}>
            <Content />
          </TabsContent>
        ))}
      </Tabs>
    </>
  )
}
