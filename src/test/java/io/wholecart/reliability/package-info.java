/**
 * What the service promises, tried on processes of the packed jar that are killed, starved and misled: see
 * docs/reliability.md. A class is a scenario; a build does its short form, the profile {@code reliability} the long one.
 */
package io.wholecart.reliability;
