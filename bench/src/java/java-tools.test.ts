// What is said of Java and Maven, by what they print.
import { expect, it } from 'vitest'
import { javaProblem, mavenProblem } from './java-tools.js'

it.each([
  { printed: 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', problem: undefined },
  { printed: 'openjdk version "21" 2023-09-19', problem: undefined },
  { printed: 'java version "1.8.0_292"', problem: 'expected Java 17 or later, got java version "1.8.0_292"' },
  { printed: 'openjdk version "11.0.2"', problem: 'expected Java 17 or later, got openjdk version "11.0.2"' },
  { printed: 'something else', problem: 'expected Java 17 or later, got something else' },
  { printed: undefined, problem: 'no Java here: expected a program `java`, version 17 or later' },
])('of a Java that prints $printed: $problem', ({ printed, problem }) => {
  expect(javaProblem(() => printed)).toBe(problem)
})

it('says when Maven is missing', () => {
  expect(mavenProblem(() => 'Apache Maven 3.8.7')).toBeUndefined()
  expect(mavenProblem(() => undefined)).toContain('no Maven here')
})
